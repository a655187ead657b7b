"""A mistake in what describes an exercise is one sentence with file and line, whichever verb meets it."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from autograder.chapter.cells import ROOT
from autograder.exercises import EXERCISES, Case, Exercise, ExerciseError, load
from autograder.written import MarkingError, read
from tests.classes import CHAPTER

BEGIN = """\
import solutions
from autograder.exercises.base import Case, Exercise, Misconception

_one = Exercise(
    reference=solutions.quick_td_error,
    points=1,
    cases=(Case("one", lambda rng: ()),),
    misconceptions=(Misconception(lambda: 2.0, "Look again."),),
)
EXERCISES = (_one,)
"""
ABOVE_0 = "and must be a number above 0"
ONE_CASE = '(Case("one", lambda rng: ()),)'
MISTAKES = {
    "a syntax error": ("points=1,", "points=1,,", 6, "invalid syntax"),
    "a name that is not there": ("Case(", "Cas(", 7, "NameError: name 'Cas' is not defined"),
    "a function that is not there": ("td_error", "td_eror", 5, "AttributeError: module 'solutions' has no"),
    "a module that is not there": ("solutions", "solution", 1, "ModuleNotFoundError: No module named"),
    "a word that no exercise has": ("points", "point", 4, "TypeError: Exercise.__init__() got an unexpected"),
    "points in quotation marks": ("=1,", "='1',", 4, f"points of quick_td_error is '1' {ABOVE_0}"),
    "negative points": ("=1,", "=-1,", 4, f"points of quick_td_error is -1 {ABOVE_0}"),
    "true for points": ("=1,", "=True,", 4, f"points of quick_td_error is True {ABOVE_0}"),
    "no cases": (ONE_CASE, "()", 4, "cases of quick_td_error is () and must be a tuple of one Case or more"),
    "a case without its comma": (ONE_CASE, ONE_CASE[1:-2], 4, "cases of quick_td_error is Case(title='one'"),
    "a case that draws nothing": ("lambda rng: ()", "()", 7, "draw of the case “one” is () and must be a"),
    "a title that is no text": ('"one"', "1", 7, "a case's title is 1 and must be a text"),
    "two cases of one title": (ONE_CASE, f"{ONE_CASE} * 2", 4, "quick_td_error has two cases with the title"),
    "a hint without words": ('"Look again."', '""', 8, "the sentence of a misconception is '' and must be"),
    "no exercises at all": ("EXERCISES =", "EXERCISE =", 10, "EXERCISES must be a tuple of this module's"),
    "an exercise for the tuple": ("(_one,)", "_one", 10, "EXERCISES must be a tuple of this module's"),
    "an exercise twice": ("(_one,)", "(_one, _one)", 5, "quick_td_error is described a second time; first"),
}
GUIDE = "---\npoints: 4\n---\n\n**Model answer.** So it is.\n\n**Mark scheme.**\n\n- 4 for all\n"
WRONG_GUIDES = {
    "no first line": ("---\npoints", "points", 1),
    "points as a word": ("points: 4", "points: four", 2),
    "points with two dots": ("points: 4", "points: 4.5.1", 2),
    "no points at all": ("points: 4", "points: 0", 2),
    "no third line": ("4\n---", "4\n", 3),
    "no model answer": ("**Model answer.**", "Model answer.", 5),
    "no mark scheme": ("**Mark scheme.**", "Marks", 10),
    "nothing": (GUIDE, "", 1),
}


@pytest.fixture
def described(tmp_path, monkeypatch):
    """Return what reads a package whose only module holds this text."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def read_it(text):
        package = f"described_{tmp_path.name}"
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "quick.py").write_text(text, "utf-8")
        monkeypatch.delitem(sys.modules, f"{package}.quick", raising=False)
        return load(package, [str(tmp_path / package)])

    return read_it


def test_a_description_without_a_mistake_is_read(described):
    assert [each.points for each in described(BEGIN).values()] == [1]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_description_is_one_sentence_with_file_and_line(described, mistake):
    before, after, line, said = MISTAKES[mistake]
    assert before in BEGIN
    with pytest.raises(ExerciseError) as raised:
        described(BEGIN.replace(before, after, 1))
    text = str(raised.value)
    assert re.search(rf"/quick\.py, line {line}: {re.escape(said)}", text) and "\n" not in text


@pytest.mark.parametrize(
    ("reference", "draw", "said"),
    [
        (lambda x: x, lambda rng: (rng.normall(),), "AttributeError: "),
        (lambda x: 1 / x, lambda rng: (0,), "ZeroDivisionError: division by zero"),
        (lambda x: x, lambda rng: rng.normal(), "TypeError: .* after \\* must be an iterable, not float"),
    ],
    ids=["the drawing", "the reference", "a comma"],
)
def test_a_case_that_raises_is_named_with_its_file_and_line(reference, draw, said):
    exercise = Exercise(reference, 1, (Case("odd", draw),), ())
    with pytest.raises(
        ExerciseError, match=rf"test_mistakes\.py.*: {said}.* \(in the case “odd” of <lambda>\)$"
    ):
        exercise.question(exercise.cases[0], 0)


@pytest.mark.parametrize("mistake", WRONG_GUIDES)
def test_a_marking_guide_that_is_not_in_its_form_is_named_with_the_line(tmp_path, mistake):
    before, after, line = WRONG_GUIDES[mistake]
    path = tmp_path / "explain_it.md"
    path.write_text(GUIDE.replace(before, after, 1), "utf-8")
    with pytest.raises(MarkingError, match=rf"explain_it\.md, line {line}: a marking guide begins with"):
        read(path)
    path.write_text(GUIDE, "utf-8")
    assert read(path).points == 4


def test_a_marking_guide_that_is_no_text_is_named_with_the_line(tmp_path):
    path = tmp_path / "explain_it.md"
    path.write_bytes(GUIDE.replace("So it is", "So f\xfcr").encode("latin-1"))
    with pytest.raises(MarkingError, match=r"explain_it\.md, line 5: the file must be text in UTF-8$"):
        read(path)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project in which a line can be broken."""
    root = tmp_path_factory.mktemp("project")
    for name in ("autograder", "solutions", "book"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_toc.yml", "_config.yml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)
    return root


def run(root, *arguments):
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    command = [sys.executable, "-m", "autograder", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("verb", ["release", "grade", "check", "feedback", "report", "settings"])
def test_every_verb_ends_with_the_sentence_and_no_traceback(project, verb):
    file = project / "autograder" / "exercises" / "quick.py"
    text = file.read_text("utf-8")
    file.write_text(text.replace("points=1", "points='1'", 1), "utf-8")
    more = {"settings": [], "check": [str(project / "README.ipynb")]}.get(verb, [CHAPTER])
    try:
        ended = run(project, verb, *more)
    finally:
        file.write_text(text, "utf-8")
    said = "points of quick_ascent_step is '1' and must be a number above 0"
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(rf"autograder: autograder/exercises/quick\.py, line \d+: {said}\n", ended.stderr)


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("autograder/written/explain_time_limits.md", "points: ", "points: x", ", line 2: a marking guide "),
        ("solutions/gae.py", "def ", "def def ", r", line \d+: invalid syntax"),
        (f"book/{CHAPTER}.md", "def td_errors(", "def td_errors(:", r", line \d+: .+"),
        (
            f"book/{CHAPTER}.md",
            ":tags: [exercise]",
            ":tags: [exercise",
            r", line \d+: the cell's name and tags ",
        ),
        (f"book/{CHAPTER}.md", "format_name: myst", "format_name: my", ", line 1: it has code cells, "),
    ],
)
def test_a_mistake_in_another_file_of_the_exercises_is_one_sentence_too(project, file, before, after, said):
    text = (project / file).read_text("utf-8")
    assert before in text
    (project / file).write_text(text.replace(before, after, 1), "utf-8")
    try:
        ended = run(project, "report", CHAPTER)
    finally:
        (project / file).write_text(text, "utf-8")
    assert ended.returncode == 1 and ended.stdout == ""
    assert re.fullmatch(rf"autograder: {file}{said}.*\n", ended.stderr)


def test_where_a_case_raises_nobody_is_graded_and_the_sentence_names_it(project):
    """It is nobody's mistake who has handed in: no score may come of it."""
    file = project / "autograder" / "exercises" / "gae.py"
    text = file.read_text("utf-8")
    title = EXERCISES["gae"].cases[0].title
    assert run(project, "release", CHAPTER).returncode == 0
    released = project / "course" / "release" / CHAPTER
    for student in ("ann", "ben"):
        shutil.copytree(released, project / "course" / "submitted" / student / CHAPTER)
    broken = text + f"\n\n_gae.cases[0].__dict__['draw'] = lambda rng: rng.no_such()\nassert {title!r}\n"
    assert "_gae = Exercise(" in text
    file.write_text(broken, "utf-8")
    ended = run(project, "grade", CHAPTER, "--unsafe-no-isolation")
    said = r"autograder/exercises/gae\.py, line \d+: AttributeError: .* "
    said += rf"\(in the case “{re.escape(title)}” of gae\)"
    assert ended.returncode == 1 and re.search(rf"^autograder: {said}$", ended.stderr, re.M)
    assert "Traceback" not in ended.stderr
    assert not list(project.glob("course/autograded/*/*"))
    again = run(project, "release", CHAPTER)
    assert again.returncode == 1 and re.fullmatch(f"autograder: {said}\n", again.stderr)
    file.write_text(text, "utf-8")
