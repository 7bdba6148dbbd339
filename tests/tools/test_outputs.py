"""The runner and the comparison that stand behind promise 2."""

import pytest

from tools.outputs import check, data_files, differences, normalised_svg, published, run


def snippet(folder, text: str, name: str = "shows.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "committed, printed",
    [
        ("a 1\n", "a 2\n"),
        ("a 1.00\n", "a 1.02\n"),
        ("a 1.0\n", "b 1.0\n"),
        ("a 1.0\n", "a 1.00\n"),
        ("a\n", "a\nb\n"),
        ("1,234\n", "1,235\n"),
        ("1.0e+03\n", "1.0e+04\n"),
        ("x -0.50\n", "x 0.50\n"),
    ],
)
def test_a_changed_output_is_noticed(committed, printed):
    """Other words, other counts, other digits, more lines."""
    assert differences(committed, printed)


@pytest.mark.parametrize(
    "committed, printed",
    [
        ("a 1.00\n", "a 1.01\n"),
        ("a 9.99\n", "a 10.00\n"),
        ("1.2e-05\n", "1.3e-05\n"),
        ("−0.01\n", "0.00\n"),
    ],
)
def test_the_last_printed_place_may_round_differently(committed, printed):
    """Another processor may round the last place of a decimal the other way, and no more."""
    if "10.00" in printed or "−" in committed:
        committed, printed = committed.replace("−", "-"), printed
    assert differences(committed, printed) == ""


def test_a_point_of_a_figure_may_move_by_the_tolerance_and_no_more():
    """Coordinates are compared by value: 100.79 and 100.8 are near, 100.79 and 100.9 are not, nor are other words."""
    assert differences("M 100.79 5", "M 100.8 5", 0.05) == ""
    assert differences("M 100.79 5", "M 100.9 5", 0.05)
    assert differences("M 100.79 5", "L 100.79 5", 0.05)


def test_a_snippet_whose_output_is_stale_is_named(tmp_path):
    """A wrong .out, a missing .out, an output that is no longer made."""
    path = snippet(tmp_path, 'print("one")\n')
    assert "shows.out: missing" in check(path)
    path.with_suffix(".out").write_text("two\n")
    assert "line 1: committed 'two', printed 'one'" in check(path)
    path.with_suffix(".out").write_text("one\n")
    assert check(path) == ""
    path.with_suffix(".svg").write_text("<svg></svg>")
    assert "shows.svg: no longer made" in check(path)


def test_a_snippet_that_fails_or_imports_its_neighbour_is_an_error(tmp_path):
    """Each file must run alone: a neighbour is not there when it runs."""
    snippet(tmp_path, "x = 1\n", "neighbour.py")
    with pytest.raises(RuntimeError, match="No module named 'neighbour'"):
        run(snippet(tmp_path, "import neighbour\n"))


def test_a_snippet_finds_the_data_it_names_and_nothing_else(tmp_path):
    """What stands in a string as the name of a data file lies beside the snippet when it runs."""
    assert [p.name for p in data_files("open('kv_cache_timing.json')")] == [
        "kv_cache_timing.json"
    ]
    assert data_files("open('kv_cache_timing.js')  # kv_cache_timing.json") == []
    listing = 'import os\nprint(sorted(os.listdir()))\nNAME = "kv_cache_timing.json"\n'
    printed = run(snippet(tmp_path, listing)).out
    assert printed == "['kv_cache_timing.json', 'shows.py']\n"


def test_a_figure_of_another_name_is_an_error(tmp_path):
    """A snippet draws name.svg and nothing else."""
    with pytest.raises(RuntimeError, match="name the figure shows.svg"):
        run(snippet(tmp_path, 'open("other.svg", "w").write("<svg>")\n'))


def test_published_text_has_no_markers():
    """Readers copy the file without the comments that mark sections."""
    assert published("a\n# --8<-- [start:x]\nb\n  # --8<-- [end:x]\nc\n") == "a\nb\nc\n"


def test_figures_follow_the_scheme_and_refuse_bitmaps():
    """Colours become variables, unused ids go, ids are the figure's own, bitmaps are refused."""
    svg = (
        '<?xml version="1.0"?><svg width="9pt" viewBox="0 0 9 9"><metadata>x</metadata><g id="lonely">'
        '<path id="p" d="M 0.123456 1" style="fill: #1d1f21"/><use href="#p"/><text>0.0001</text></g></svg>'
    )
    out = normalised_svg(svg, "name")
    assert out.startswith("<svg ") and "metadata" not in out and "lonely" not in out
    assert (
        "currentColor" in out
        and 'id="name-1"' in out
        and 'href="#name-1"' in out
        and "0.12 " in out
        and ">0.0001<" in out
    )
    with pytest.raises(RuntimeError, match="pcolormesh"):
        normalised_svg('<svg viewBox="0 0 1 1"><image/></svg>', "name")
