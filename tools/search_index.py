"""The search index: BM25F over the questions and sections of the site, in one compact file.

Field weights and length normalisation are applied here, at build time, so that the browser only adds up
one byte of impact for each posting. `docs/assets/javascripts/search-engine.js` reads the file with the same
`tokens` and `stem`; tests/site/test_search.py holds the two together.
"""

import gzip
import hashlib
import html
import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import yaml

# Found on the tuning half of tests/search/queries.yml.
WEIGHTS = {"title": 5.0, "asked": 5.0, "heads": 1.5, "short": 2.5, "body": 0.8, "code": 0.3}
LENGTH = {"title": 0.3, "asked": 0.75, "heads": 0.3, "short": 0.3, "body": 0.6, "code": 0.6}
SATURATION = 8.0
LEVELS_OF_IMPACT = 63
OTHER_PAGES = 0.7  # a section that answers no question ranks below one that does
STOP = frozenset(
    "a about all an and any are as at be been but by can could did do does doing done for from had has have having "
    "he her him his how i if in into is it its just me more most my no nor not of on only or other our out over own "
    "same she should so some such than that the their them then there these they this those through to too under "
    "until up us use used using very was we were what when where which while who whom why will with would you your "
    "between during each explain describe discuss give tell mean means works work walk happen happens change changed "
    "many much good best better way need needs want plain every since first both one two get gets make makes take takes "
    "even really actually main typical say says still feed put kind kinds type types like look looks thing things people "
    "someone everything called call".split()
)
WORD = re.compile(r"[^\W_]+(?:[-_.'’/+][^\W_]+)*")


ALIASES = Path(__file__).with_name("search_aliases.yml")


class Section(NamedTuple):
    """One result: a question, or a section of another page. Texts are plain."""

    url: str
    title: str
    page: str
    chapter: str
    level: str
    kind: str
    fields: dict[str, str]


def stem(word: str) -> str:
    """A light stemmer that also makes British and American spellings one: `optimisation`, `optimizer` → `optimiz`."""
    if len(word) < 4 or not word.isalpha():
        return word
    if found := re.fullmatch(r"(\w{3,}i)[sz](?:ations?|e[drs]?|ers|ing)", word):
        return found[1] + "z"
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us", "is", "as")):
        word = word[:-1]
    if found := re.fullmatch(r"(\w{3,}at)(?:ion|e|ed|ing|or)", word):
        return found[1]
    if found := re.fullmatch(r"(\w{3,})ing|(\w{4,})ed", word):
        word = found[1] or found[2]
    elif len(word) > 5 and word.endswith("er"):
        word = word[:-2]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiosz":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def tokens(text: str) -> list[str]:
    """Terms of `text`: words without accents, stop words or endings; compounds whole and in parts."""
    text = re.sub(
        r"([a-z]{2})([A-Z])", r"\1_\2", text
    )  # LayerNorm is found by `layer norm`, too
    folded = "".join(
        c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c)[0] != "M"
    )
    out = []
    for word in WORD.findall(folded.lower()):
        parts = re.split(r"[-_.'’/+]", word)
        if "'" in word or "’" in word:
            parts = [p for p in parts if p not in ("s", "t", "re", "ve", "ll", "d")]
        out += [stem(p) for p in parts if p not in STOP]
        if len(parts) > 1:
            out.append("".join(parts))
    return out


def sections(url: str, meta: dict, content: str, questions: dict[str, dict]) -> list[Section]:
    """Split a rendered page (before toolbars and figures are put in) at its level-two headings."""
    out = []
    parts = re.split(r'<h2[^>]*\bid="([^"]+)"[^>]*>(.*?)</h2>', content, flags=re.S)
    intro = [(None, meta["title"], parts[0])]
    for anchor, title, inside in intro + list(zip(parts[1::3], parts[2::3], parts[3::3])):
        question = questions.get(anchor)
        body, code = _text(inside)
        if not question and len(body.split()) < 25:
            continue
        fields = {
            "title": question["question"] if question else _strip(title),
            "asked": " . ".join(question["asked_as"]) if question else "",
            "heads": " . ".join(
                map(_strip, re.findall(r"<h[34][^>]*>(.*?)</h[34]>", inside, re.S))
            ),
            "short": question["in_short"] if question else meta.get("description", ""),
            "body": body,
            "code": code,
        }
        out.append(
            Section(
                f"{url}#{anchor}" if anchor else url,
                fields["title"],
                meta["title"],
                question["chapter"] if question else "",
                question["level"] if question else "",
                question["kind"] if question else "page",
                fields,
            )  # fmt: skip
        )
    return out


def _strip(markup: str) -> str:
    markup = re.sub(r'<a class="headerlink".*?</a>', "", markup, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def _text(markup: str) -> tuple[str, str]:
    code = " ".join(_strip(c) for c in re.findall(r"<pre>(.*?)</pre>", markup, re.S))
    markup = re.sub(r"<pre>.*?</pre>", " ", markup, flags=re.S)
    markup = re.sub(
        r'<div class="admonition (?:in-short|asked-as)">.*?</div>', " ", markup, flags=re.S
    )
    markup = re.sub(r'<(span|div) class="arithmatex">.*?</\1>', " ", markup, flags=re.S)
    alts = " ".join(html.unescape(a) for a in re.findall(r'data-caption="([^"]*)"', markup))
    return f"{_strip(markup)} {alts}".strip(), code


def postings(corpus: list[Section]) -> dict[str, dict[int, int]]:
    """Term → section number → impact, up to `LEVELS_OF_IMPACT`: BM25F's saturated, weighted frequency.

    Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple weighted fields".
    """
    counts = [{f: Counter(tokens(s.fields[f])) for f in WEIGHTS} for s in corpus]
    average = {f: sum(c[f].total() for c in counts) / max(1, len(corpus)) or 1 for f in WEIGHTS}
    out: dict[str, dict[int, int]] = defaultdict(dict)
    for number, fields in enumerate(counts):
        frequency: dict[str, float] = defaultdict(float)
        for field, counter in fields.items():
            norm = 1 - LENGTH[field] + LENGTH[field] * counter.total() / average[field]
            for term, count in counter.items():
                frequency[term] += WEIGHTS[field] * count / norm
        for term, value in frequency.items():
            if term.isdigit() and term.startswith("0"):
                continue  # the decimals of an output
            rank = OTHER_PAGES if corpus[number].kind == "page" else 1
            impact = round(LEVELS_OF_IMPACT * rank * value / (SATURATION + value))
            if impact:
                out[term][number] = impact
    return out


def aliases() -> dict[str, list[str]]:
    """What a term of a query also stands for, from search_aliases.yml, cut into terms."""
    lines = yaml.safe_load(ALIASES.read_text(encoding="utf-8"))
    return {
        tokens(word)[-1]: list(dict.fromkeys(tokens(names))) for word, names in lines.items()
    }


def idf(sections_with_term: int, total: int) -> float:
    """BM25's inverse document frequency, never negative."""
    return math.log(1 + (total - sections_with_term + 0.5) / (sections_with_term + 0.5))


def encode(
    corpus: list[Section], version: str, chapters: dict[str, str], popular: list[str]
) -> bytes:
    """The index file, gzipped: a JSON head, then document gaps and impacts, one varint or byte each."""
    index = postings(corpus)
    terms = sorted(index)
    gaps, impacts = bytearray(), bytearray()
    for term in terms:
        previous = -1
        gaps += _varint(len(index[term]))
        for number in sorted(index[term]):
            gaps += _varint(number - previous)
            impacts.append(index[term][number])
            previous = number
    head = json.dumps(
        {
            "version": version,
            "chapters": chapters,
            "popular": [n for q in popular for n, s in enumerate(corpus) if s.url.endswith(f"#{q}")],
            "stop": sorted(STOP),
            "aliases": aliases(),
            "sections": [[s.url, s.title, s.page, s.chapter, s.level, s.kind, s.fields["short"]] for s in corpus],
            "terms": "\n".join(terms),
            "gaps": len(gaps),
        },
        ensure_ascii=False, separators=(",", ":"),
    ).encode()  # fmt: skip
    body = len(head).to_bytes(4, "little") + head + gaps + impacts
    return gzip.compress(body, 9, mtime=0)


def decode(data: bytes) -> tuple[dict, dict[str, dict[int, int]]]:
    """What `encode` wrote: its JSON head and the postings."""
    body = gzip.decompress(data)
    size = int.from_bytes(body[:4], "little")
    head = json.loads(body[4 : 4 + size])
    at, impact, out = 4 + size, 4 + size + head["gaps"], {}

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    for term in head["terms"].split("\n"):
        number, out[term] = -1, {}
        for _ in range(varint()):
            number += varint()
            out[term][number] = body[impact]
            impact += 1
    return head, out


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def version_of(texts: list[str]) -> str:
    """A short digest of everything the index is made from."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:12]
