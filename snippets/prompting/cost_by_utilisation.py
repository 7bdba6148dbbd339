"""Traffic has peaks, so rented GPUs idle; idle hours are spread over the requests served."""

import matplotlib.pyplot as plt
import numpy as np

# gpt-oss-120b, 8,192 tokens in and 1,024 out, all requests queued at once (NVIDIA's table)
# $ an hour for a GPU in a server of eight (Lambda, 2026-09-20), output tokens a second
H100, B200 = (3.99, 1169), (6.69, 6111)
HOSTED = 8192 * 0.15e-6 + 1024 * 0.60e-6  # the same model at Groq, 2026-05-20: $ a request
# requests by hour of the day, made up: one country's office hours, and three continents
OFFICE = "1 1 1 1 1 2 4 8 12 14 14 12 11 13 13 12 10 7 5 4 3 2 2 1"
WORLDWIDE = "8 7 7 7 8 9 10 11 12 13 13 13 13 13 13 13 12 12 11 11 10 9 9 8"


def utilisation(requests_by_hour: str, headroom: float) -> float:
    """Mean load over capacity when capacity is the peak hour plus headroom."""
    load = np.array(requests_by_hour.split(), float)
    return float(load.mean() / (load.max() * (1 + headroom)))


def dollars_per_request(gpu: tuple[float, float], utilised: float, out: int = 1024) -> float:
    """GPU rent a request: hourly price over the requests an hour that are really served."""
    dollars_an_hour, tokens_a_second = gpu
    return dollars_an_hour / (3600 * tokens_a_second / out * utilised)


if __name__ == "__main__":
    print(f"hosted API: ${1000 * HOSTED:.2f} per 1,000 requests")
    print("utilisation               H100     B200   $ per 1,000 requests")
    cases = {
        "always full": 1.0,
        "worldwide, 25 % spare": utilisation(WORLDWIDE, 0.25),
        "office, 25 % spare": utilisation(OFFICE, 0.25),
        "a pilot": 0.05,
    }
    for name, u in cases.items():
        cells = "".join(f"{1000 * dollars_per_request(gpu, u):9.2f}" for gpu in (H100, B200))
        print(f"{name:22}{u:5.0%}{cells}")
    even = [dollars_per_request(gpu, 1) / HOSTED for gpu in (H100, B200)]
    print("break-even utilisation: H100 {:.0%}, B200 {:.0%}".format(*even))

    fig, ax = plt.subplots(figsize=(7, 3.3))
    u = np.linspace(0.03, 1, 200)
    for name, gpu in (("4 × H100", H100), ("2 × B200", B200)):
        y = 1000 * dollars_per_request(gpu, 1) / u
        ax.plot(100 * u, y)
        ax.annotate(name, (40, y[75]), (4, 8), textcoords="offset points")
    ax.axhline(1000 * HOSTED, linestyle="--", color="C2")
    ax.annotate("hosted API", (85, 1000 * HOSTED), (0, 5), textcoords="offset points")
    ax.set(ylim=(0, 8), xlabel="utilisation, per cent", ylabel="$ per 1,000 requests")
    fig.savefig("cost_by_utilisation.svg")
