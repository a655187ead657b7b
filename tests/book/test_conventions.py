"""What is kept of the libraries' answers has its form, fits the rows and scripts, and shows on the page."""

import ast
import json
import math
import re
from datetime import date
from pathlib import Path

import pytest

import solutions
from autograder.chapter.cells import find_chapter, helper_files
from tests.book import conventions
from tests.book.conventions.__main__ import FRAMEWORKS, GIGABYTES, LIBRARIES
from tests.book.conventions.formulas import OURS, answers, deviation
from tests.book.conventions.libraries import inputs
from tests.book.conventions.libraries.lines import LINES
from tests.book.conventions.rows import ROWS, answer

HERE = Path(conventions.__file__).parent
KEPT = json.loads(conventions.KEPT.read_text("utf-8"))
ENTRIES = [(row["name"], each) for row in KEPT["rows"] for each in row["elsewhere"]]
EXACT = 1e-14
"""How near float64 is: what is further off is named below, with the reason."""
FURTHER = {("gradient", "torch"), ("gradient", "jax"), ("clipped_norm", "torch")}
"""Central differences are not exact, and clip_grad_norm_ divides by the norm + 1e-6."""


@pytest.fixture
def page(monkeypatch):
    """The helper of the book, imported as the pages do."""
    monkeypatch.syspath_prepend(str(conventions.KEPT.parent))
    import conventions as helper

    return helper


def numbers(value):
    """Return the numbers in a value, whatever holds them."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for each in value for number in numbers(each)]
    return [value] if isinstance(value, int | float) else []


def functions_of(script):
    tree = ast.parse((HERE / "libraries" / f"{script}.py").read_text("utf-8"))
    return {n.name for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")}


def test_the_file_has_the_rows_that_are_asked_in_their_words_and_order():
    kept = [(row["name"], row["part"], row["asked"], row["digits"]) for row in KEPT["rows"]]
    assert kept == [(name, row.part, row.asked, row.digits) for name, row in ROWS.items()]


@pytest.mark.parametrize("row", KEPT["rows"], ids=lambda row: row["name"])
def test_every_row_of_the_table_has_a_number_that_a_library_gave(row):
    assert any(math.isfinite(number) for each in row["elsewhere"] for number in numbers(each["value"]))


@pytest.mark.parametrize("row", KEPT["rows"], ids=lambda row: row["name"])
def test_our_own_column_is_what_the_solutions_return_now(row):
    now = answer(ROWS[row["name"]])
    assert numbers(row["here"]) == pytest.approx(numbers(now), rel=1e-9, abs=1e-11)
    assert re.sub(r"[-\d.e]+", "", json.dumps(row["here"])) == re.sub(r"[-\d.e]+", "", json.dumps(now))


def test_every_answer_has_its_release_its_environment_and_its_day():
    for name, each in ENTRIES:
        assert set(each) == {"library", "version", "beside", "with", "date", "value"}, name
        assert re.match(r"\d+(\.\d+)+", each["version"]) and each["beside"] in GIGABYTES
        assert date.fromisoformat(each["date"]) <= date.today()


def test_every_answer_comes_from_a_script_and_every_script_has_answered():
    asked = {
        (library, beside, name)
        for (beside, script), library in LIBRARIES.items()
        for name in functions_of(script)
    }
    assert {(each["library"], each["beside"], name) for name, each in ENTRIES} == asked


def test_a_script_measures_nothing_that_no_row_asks_for():
    for _, script in LIBRARIES:
        assert functions_of(script) <= set(ROWS), script


def test_what_could_not_be_measured_keeps_its_old_number_with_its_old_day():
    from tests.book.conventions.__main__ import Output, row

    old = {
        "library": "rlax",
        "beside": "new",
        "version": "0.0.1",
        "with": {},
        "date": "2020-01-01",
        "value": 7.0,
    }
    before = {"rows": [{"name": "dqn_loss", "elsewhere": [old]}]}
    answered = {("new", "on_tianshou"): Output({"tianshou": "9.9"}, {"dqn_loss": 4.0})}
    kept = {each["library"]: each for each in row("dqn_loss", answered, before, "2030-01-01")["elsewhere"]}
    assert (kept["rlax"]["value"], kept["rlax"]["date"]) == (7.0, "2020-01-01")
    assert (kept["tianshou"]["version"], kept["tianshou"]["date"]) == ("9.9", "2030-01-01")


def test_the_lines_are_those_that_were_run_and_each_names_functions_of_the_course():
    kept = [
        (line["name"], line["torch"], line["jax"], line["formula"], line["function"])
        for line in KEPT["lines"]
    ]
    wanted = [(name, line.torch, line.jax, line.formula, line.function) for name, line in LINES.items()]
    assert kept == wanted
    assert {name for line in LINES.values() for name in line.function.split(", ")} <= set(solutions.__all__)
    assert set(OURS) == set(LINES) and set(FRAMEWORKS) == {"torch", "jax"}


@pytest.mark.parametrize("line", KEPT["lines"], ids=lambda line: line["name"])
def test_a_line_gives_what_the_function_of_the_course_gives(line):
    for framework, off in line["deviation"].items():
        assert off < (1e-6 if (line["name"], framework) in FURTHER else EXACT), framework


def test_a_deviation_is_found_by_hand():
    assert deviation([[1.0, 2.0], [3.0]], [[1.0, 2.5], [3.0]]) == 0.25
    with pytest.raises(ValueError, match="shapes"):
        deviation([[1.0]], [[1.0, 2.0]])
    assert answers()["chain_rule"] == [2 * (3 * 0.5 - 6) * 3]


def test_the_largest_error_of_a_return_is_found_by_hand():
    exact = [
        math.fsum(inputs.LONG_GAMMA**k for k in range(inputs.LONG - t))
        for t in range(inputs.LONG - 5, inputs.LONG)
    ]
    returns = [
        (1 - inputs.LONG_GAMMA ** (inputs.LONG - t)) / (1 - inputs.LONG_GAMMA) for t in range(inputs.LONG)
    ]
    assert inputs.largest_error(returns) < 1e-12
    assert exact == pytest.approx(returns[-5:], rel=1e-12)
    returns[3] *= 1.25
    assert inputs.largest_error(returns) == pytest.approx(0.25)


def test_the_table_shows_every_row_with_the_releases_that_answered(page):
    lines = page.in_the_wild().data.splitlines()
    for row in KEPT["rows"]:
        (shown,) = (line for line in lines if row["asked"] in line)
        for each in row["elsewhere"]:
            assert f"{each['library']} {each['version'].partition('+')[0]}" in shown
        assert shown.count(" | ") == 2


def test_the_table_of_lines_shows_both_frameworks(page):
    shown = page.frameworks().data
    for line in LINES.values():
        assert f"`{line.torch}`<br>`{line.jax}` |" in shown


def test_an_older_number_is_shown_with_its_day(page):
    entries = [
        {"library": "rlax", "version": "0.1", "date": "2020-01-01", "value": 0.123456},
        {"library": "optax", "version": "0.2+cpu", "date": "2030-01-01", "value": ["NaN", 2.0]},
    ]
    shown = page._elsewhere({"digits": 3, "elsewhere": entries}, "2030-01-01")
    assert shown == "rlax 0.1 (2020-01-01): 0.123<br>optax 0.2: (NaN, 2)"


@pytest.mark.parametrize("chapter", ["e3_5_complete_formulas", "e3_6_reference"])
def test_what_the_tables_are_made_of_travels_with_the_notebook(chapter):
    travels = {file.name for file in helper_files(find_chapter(chapter).notebook())}
    assert {"conventions.py", "conventions.json"} <= travels


@pytest.mark.parametrize("name", GIGABYTES)
def test_the_pins_are_plain_and_an_environment_has_its_pytorch_first(name):
    first, *others = (HERE / f"{name}.txt").read_text("utf-8").split("\n\n")
    cuda = (HERE / f"{name}-cuda.txt").read_text("utf-8")
    pins = [line for part in (first, *others, cuda) for line in part.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+]+", pin) for pin in pins)
    assert any(pin.startswith("torch==") for pin in first.splitlines())
