"""The lab notebooks: a fresh run prints what is committed, and what the prose claims is so.

Every printed word and number is compared with a fresh run in an empty folder. Cells that depend
on training amplify rounding, so their decimals may differ by 0.15 or 10 %; sampled text only has
to be there. Figures are not compared, only that they are drawn as SVG.
"""

import copy
import gzip
import json
import re
import shutil
import tempfile

import nbformat
import pytest
from nbclient import NotebookClient

from tools.outputs import DATA, NUMBER, ROOT, data_files, differences

LABS = sorted((ROOT / "docs" / "labs").glob("*.ipynb"))
GPT = ROOT / "docs" / "labs" / "train-a-small-gpt.ipynb"
RAG = ROOT / "docs" / "labs" / "rag-end-to-end.ipynb"
DATABASE = ROOT / "docs" / "labs" / "vector-database.ipynb"
TRAINED = {"train", "by-step", "head-scores", "neighbour-groups"}  # numbers within a tolerance
TRAINED |= {"recall", "filters", "delete"}  # a graph walk may part at a tie of two distances
SAMPLED = {"sample-before", "sample-after", "samples-by-step", "neighbours"}  # any text
ALLOWED_HOSTS = {"www.w3.org", "purl.org", "creativecommons.org"}  # names in SVG, never asked


def read(path):
    return nbformat.read(path, as_version=4)


def printed(cell) -> str:
    """What a cell printed, its streams joined: they are cut at chance moments."""
    return "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream")


def figures(cell) -> list[str]:
    outputs = [o for o in cell.get("outputs", []) if o.output_type == "display_data"]
    return [o.data["image/svg+xml"] for o in outputs if "image/svg+xml" in o.data]


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "").replace("−", "-")) for n in NUMBER.findall(text)]


def by_id(notebook) -> dict:
    return {cell.id: cell for cell in notebook.cells}


def loosely(expected: str, actual: str) -> str:
    """Where two texts part if decimals may differ by 0.15 or 10 %, or ''."""
    words = [re.sub(r" +", " ", NUMBER.sub("#", text)) for text in (expected, actual)]
    if words[0] != words[1]:
        return f"other words: {actual!r}"
    for old, new in zip(NUMBER.findall(expected), NUMBER.findall(actual), strict=True):
        (was,), (now,) = numbers(old), numbers(new)
        if abs(was - now) > (max(0.15, 0.1 * abs(was)) if "." in old else 0):
            return f"committed {old}, printed {new}"
    return ""


def faults(committed, fresh) -> list[str]:
    """What a fresh run shows otherwise than the committed notebook."""
    out = []
    for old, new in zip(committed.cells, fresh.cells, strict=True):
        if old.id in SAMPLED:
            said = "" if printed(new).strip() else "printed nothing"
        else:
            said = (loosely if old.id in TRAINED else differences)(printed(old), printed(new))
        if said:
            out.append(f"{old.id}: {said}")
        if len(figures(old)) != len(figures(new)):
            out.append(f"{old.id}: {len(figures(new))} figures")
    return out


def format_faults(notebook, size: int) -> list[str]:
    """What in a committed notebook would not be reproducible, light or offline."""
    out = [] if size <= 200_000 else [f"{size:,} bytes compressed without figures"]
    ids = [cell.id for cell in notebook.cells]
    out += [f"{i}: repeated id" for i in set(ids) if ids.count(i) > 1]
    out += [f"{i}: not a name" for i in ids if not re.fullmatch(r"[a-z]+[a-z0-9-]*", i)]
    out += [f"{i}: made by chance" for i in ids if re.fullmatch(r"[0-9a-f]{8}", i)]
    if set(notebook.metadata) - {"kernelspec", "language_info"}:
        out.append("metadata besides kernel and language")
    if set(notebook.metadata.get("language_info", {})) - {"name"}:
        out.append("language_info besides the name")
    for order, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        if cell.execution_count != order:
            out.append(f"{cell.id}: not run once, in order")
    for cell in notebook.cells:
        if set(cell.metadata) - {"alt"}:
            out.append(f"{cell.id}: execution or other metadata")
        for output in cell.get("outputs", []):
            text = json.dumps(output)
            if output.output_type == "error" or output.get("name") == "stderr":
                out.append(f"{cell.id}: an error or a warning")
            if output.output_type == "execute_result" or "<image" in text:
                out.append(f"{cell.id}: an output that is neither printed nor drawn as vectors")
            if set(output.get("data", {})) - {"image/svg+xml"}:
                out.append(f"{cell.id}: {sorted(output.data)}")
            hosts = set(re.findall(r"https?://([\w.-]+)", text)) - ALLOWED_HOSTS
            out += [f"{cell.id}: mentions {host}" for host in hosts]
        out += [f"{cell.id}: a figure of {len(s)}" for s in figures(cell) if len(s) > 60_000]
    return out


def compressed_without_figures(notebook) -> int:
    bare = json.loads(nbformat.writes(notebook))
    for cell in bare["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/svg+xml", None)
    return len(gzip.compress(json.dumps(bare).encode()))


@pytest.fixture(scope="module")
def gpt():
    return read(GPT)


def rerun(path):
    """The notebook as a fresh kernel runs it, outputs removed first, in a folder that holds only the data it reads."""
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory() as folder:
        for file in data_files(path.read_text(encoding="utf-8").replace('\\"', '"')):
            shutil.copy(file, folder)
        NotebookClient(
            notebook,
            timeout=900,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        ).execute()  # raises at the first cell that fails
    return notebook


@pytest.fixture(scope="module")
def fresh():
    return rerun(GPT)


@pytest.fixture(scope="module")
def fresh_rag():
    return rerun(RAG)


@pytest.fixture(scope="module")
def fresh_database():
    return rerun(DATABASE)


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_a_lab_is_reproducible_light_and_offline(path):
    """Fixed ids, no execution metadata, only text and SVG, no other host, within the sizes."""
    notebook = read(path)
    assert format_faults(notebook, compressed_without_figures(notebook)) == []


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_links_of_a_lab_lead_to_pages(path):
    """Relative links are not checked by mkdocs-jupyter: each names a page of the guide."""
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    links = re.findall(r"\]\(\.\./\.\./([\w/-]+)/\)", text)
    files = re.findall(r"\]\(\.\./\.\./code/data/([\w.-]+)\)", text)
    assert links and len(links) + len(files) == len(re.findall(r"\]\((?!https://)", text))
    assert [link for link in links if not (ROOT / "docs" / f"{link}.md").exists()] == []
    assert [name for name in files if not (DATA / name).exists()] == []


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_the_pinned_versions_are_those_of_the_project(path):
    """What the first cell tells readers to install is what the outputs were made with."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    source = read(path).cells[0].source
    pins = re.findall(r"\b[\w-]+==[\d.]+\d", source)
    assert len(pins) == source.count("==") >= (5 if path == DATABASE else 7)
    assert [pin for pin in pins if f'"{pin}"' not in project] == []


@pytest.mark.model
def test_a_fresh_run_prints_what_is_committed(gpt, fresh):
    """Words and numbers of every cell, training within its tolerance; every figure drawn."""
    assert faults(gpt, fresh) == []


@pytest.mark.model
def test_the_small_gpt_beats_counting(fresh):
    """The loss starts near ln V and ends below the bigram table's, on text not trained on."""
    cells = by_id(fresh)
    uniform, _, bigram = numbers(printed(cells["count-models"]))[::2]
    rows = [numbers(line) for line in printed(cells["train"]).splitlines()[1:]]
    assert rows[0][0] == 0 and abs(rows[0][2] - uniform) < 0.3
    assert rows[-1][0] == 500 and rows[-1][2] < bigram - 0.5


@pytest.mark.model
def test_later_letters_are_learnt_best_and_attention_finds_the_previous_character(fresh):
    """What the prose reads from the tables inside the small model."""
    cells = by_id(fresh)
    first_letter, later_letters = numbers(printed(cells["by-step"]).splitlines()[-1])[1:3]
    assert later_letters < first_letter - 1
    even, *scores = [n for n in numbers(printed(cells["head-scores"])) if n % 1]
    assert max(scores) > 5 * even
    digits, digit_letter, vowels, vowel_consonant = numbers(printed(cells["neighbour-groups"]))
    assert digits > digit_letter + 0.3 and vowels > vowel_consonant


@pytest.mark.model
def test_the_named_induction_head_is_the_best(fresh):
    """Layer 18, head 6 leads with a score above 0.5; the typical head has next to none."""
    text = printed(by_id(fresh)["induction-scores"])
    rows = re.findall(r"^layer +(\d+), head (\d): (0\.\d+)", text, re.M)
    assert rows[0][:2] == ("18", "6") and float(rows[0][2]) > 0.5
    assert [float(r[2]) for r in rows] == sorted((float(r[2]) for r in rows), reverse=True)
    assert numbers(text.splitlines()[-1])[-1] < 0.02
    assert "head 6 of layer 18" in by_id(fresh)["cause"].source
    assert re.search(r"layer 16, head 0", text.splitlines()[1])


@pytest.mark.model
def test_copying_needs_the_induction_heads_and_other_heads_do_not_matter_as_much(fresh):
    """Four induction heads removed: about half of the gain goes; controls and prose stay."""
    lines = printed(by_id(fresh)["ablation"]).splitlines()[1:]
    first, again, prose = zip(*(numbers(line[33:]) for line in lines))
    intact, one, four, relay, same, same_worst, anywhere, anywhere_worst = again
    assert first[0] > intact + 8, "the repeat is not predicted"
    assert four - intact > 0.4 * (first[0] - intact)
    assert intact + 1 < one < four
    assert four - intact > 2 * (max(same_worst, anywhere_worst) - intact)
    assert relay - intact > 2 * (max(same_worst, anywhere_worst) - intact)
    assert max(same, anywhere) - intact < 1
    assert max(prose[:4]) - prose[0] < 0.2


@pytest.mark.model
def test_most_attention_is_on_the_first_token_whatever_it_is(fresh):
    """Over half from layer 12 on; the second token gets none; cutting the spike ends it."""
    text = printed(by_id(fresh)["sink"])
    early, late = (float(n) for n in re.findall(r"layers \d+ to \d+ +(0\.\d+)", text))
    assert late > 0.5 > early
    rows = re.findall(r"^(.{22}) +(\d\.\d+) +(\d\.\d+) +(\d+\.\d) +(\d+\.\d)$",
                      printed(by_id(fresh)["sink-changes"]), re.M)  # fmt: skip
    assert len(rows) == 6
    for name, first, second, length, next_length in rows[:5]:
        assert float(first) > 0.5 and float(second) < 0.05, name
        assert float(length) > 20 * float(next_length), name
    assert rows[5][0].startswith("The, spike cut") and float(rows[5][1]) < 0.1


@pytest.mark.model
def test_the_rag_lab_prints_what_is_committed(fresh_rag):
    """Words and numbers of every cell; every figure drawn."""
    assert faults(read(RAG), fresh_rag) == []


@pytest.mark.model
def test_each_planted_fault_is_found_at_its_own_stage_and_mended(fresh_rag):
    """Stale document, bad chunk, retrieval miss, conflict: four different first faults; afterwards none."""
    cells = by_id(fresh_rag)
    for cell, expected in (("diagnose", [0, 1, 2, 3]), ("supersede", [None] * 4)):
        table = printed(cells[cell]).splitlines()[-4:]
        marks = [re.findall(r"\b(ok|FAULT)\b|(\(no\))", row[30:]) for row in table]
        first = [
            [m[0] for m in row].index("FAULT") if ("FAULT", "") in row else None
            for row in marks
        ]
        assert first == expected, cell


@pytest.mark.model
def test_the_cures_do_not_lose_evidence(fresh_rag):
    """After the cures at least as many questions as before have their evidence in the prompt."""
    rows = [numbers(line)[-2:] for line in printed(by_id(fresh_rag)["again"]).splitlines()[1:]]
    assert len(rows) == 6 and all(before >= after for before, after in zip(rows, rows[1:]))
    assert rows[4][1] >= rows[4][0]


@pytest.mark.model
def test_the_database_lab_prints_what_is_committed(fresh_database):
    """Words and numbers of every cell; every figure drawn."""
    assert faults(read(DATABASE), fresh_database) == []


@pytest.mark.model
def test_killed_in_the_middle_of_writes_it_keeps_its_promise(fresh_database):
    """After twelve kills and four deaths at dangerous lines the rows are as acknowledged; acknowledged early, all are lost."""
    cells = by_id(fresh_database)
    assert printed(cells["cut-log"]).count("recovered wrongly 0") == 2
    assert printed(cells["kill"]).split()[-1] == "0"
    deaths = printed(cells["crash-points"]).splitlines()[1:]
    assert len(deaths) == 4 and all(" True " in line for line in deaths)
    acknowledged, promised, found = numbers(printed(cells["early-acknowledgement"]))
    assert acknowledged > promised > 10 and found == 0


@pytest.mark.model
def test_the_graph_finds_what_the_library_finds_and_filters_choose_their_way(fresh_database):
    """Recall within 0.03 of usearch's at each ef; with few allowed rows one distance each, where the walk needs thousands."""
    cells = by_id(fresh_database)
    curve = [numbers(line) for line in printed(cells["recall"]).splitlines()[2:]]
    assert len(curve) == 5 and all(abs(ours - theirs) <= 0.03 for _, ours, _, theirs in curve)
    assert all(a[1] <= b[1] and a[2] < b[2] for a, b in zip(curve, curve[1:]))
    rare = numbers(printed(cells["filters"]).splitlines()[-1].removeprefix("letter z"))
    assert rare[0] == rare[2] and rare[4] > 100 * rare[0]


@pytest.mark.parametrize(
    "cell, old, new",
    [
        ("count-models", "2.", "3."),
        ("train", "validation", "test"),
        ("train", "500", "501"),
        ("train", " 4.6", " 5.6"),
        ("induction-scores", "head 6: 0.8", "head 6: 0.6"),
        ("sink", "0.5", "0.2"),
        ("sample-after", None, ""),
        ("loss-curve", None, None),
    ],
)
def test_the_comparison_can_fail(gpt, cell, old, new):
    """A changed number, word or step, a silent sample, a missing figure: each is named."""
    assert faults(gpt, gpt) == []
    changed = copy.deepcopy(gpt)
    target = by_id(changed)[cell]
    if old is None:
        target.outputs = []
    else:
        for output in (o for o in target.outputs if o.output_type == "stream"):
            assert old in output.text
            output.text = output.text.replace(old, new)
    assert [f.partition(":")[0] for f in faults(gpt, changed)] == [cell]


def test_the_format_check_can_fail(gpt):
    """A bitmap, another host, a warning, a timestamp, a repeated id, a large file: all named."""
    broken = copy.deepcopy(gpt)
    code = [c for c in broken.cells if c.cell_type == "code"]
    code[0].metadata["execution"] = {"iopub.status.busy": "2026-11-23T00:00:00Z"}
    code[1].outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="see https://x.org")
    ]
    bitmap = {"image/png": "iVBORw0KGgo="}
    code[2].outputs = [nbformat.v4.new_output("display_data", data=bitmap)]
    code[3].id = code[4].id
    found = " ".join(format_faults(broken, 200_001))
    for part in (
        "execution",
        "warning",
        "mentions x.org",
        "image/png",
        "repeated id",
        "200,001",
    ):
        assert part in found
