"""An optional chapter is released only where it is named, and a class without it sees nothing of it."""

import re

import pytest

from autograder.__main__ import main
from autograder.chapter import cells
from autograder.chapter.cells import Chapter, ChapterError
from autograder.classroom.course import Course
from tests.desk.test_grades import BOUNDARIES

OPTIONAL = "beyond_grpo"
MODULE = [
    "e3_1_derivatives",
    "e3_2_policy_gradient",
    "e3_3_ppo_adam",
    "e3_4_derivation_tools",
    "e3_5_complete_formulas",
    "e3_6_reference",
]


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """A class into which all was released without a name."""
    folder = tmp_path_factory.mktemp("optional") / "class"
    assert main(["--course", str(folder), "release"]) == 0
    (folder / "submitted" / "ann" / MODULE[0]).mkdir(parents=True)
    return Course(folder)


def said(capsys, course, *arguments):
    """Return the exit status of a command and all that it prints."""
    status = main(["--course", str(course.folder), *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, out + err


def test_only_the_page_beyond_the_module_is_optional():
    assert [each.name for each in cells.chapters()] == [*MODULE, OPTIONAL]
    assert [each.name for each in cells.chapters() if each.is_optional] == [OPTIONAL]


def test_release_of_all_makes_the_chapters_of_the_module_and_nothing_else(course):
    for step in ("release", "source"):
        assert sorted(each.name for each in (course.folder / step).iterdir()) == MODULE
    with course.gradebook() as gradebook:
        assert sorted(each.name for each in gradebook.assignments) == MODULE


def test_a_class_without_it_sees_its_name_nowhere(course, capsys, tmp_path):
    (tmp_path / "boundaries.csv").write_text(BOUNDARIES, "utf-8")
    office, page, table = (tmp_path / name for name in ("office.csv", "all.html", "all.csv"))
    for arguments in [
        ("report", "--all"),
        ("report", "--all", "--html", page, "--csv", table),
        ("grades", "--exam-office", tmp_path / "boundaries.csv", "--to", office),
        ("dates",),
        ("settings",),
    ]:
        status, text = said(capsys, course, *arguments)
        assert status == 0 and OPTIONAL not in text, arguments
    assert not [file for file in (office, page, table) if OPTIONAL in file.read_text("utf-8-sig")]
    names = [file.name for file in course.folder.rglob("*") if OPTIONAL in file.name]
    assert names == []


def test_what_asks_for_it_by_name_says_that_it_is_not_released(course, capsys):
    for verb in ("grade", "report"):
        status, text = said(capsys, course, verb, OPTIONAL)
        assert status == 1 and re.search(rf"{OPTIONAL} is not released.* release {OPTIONAL}", text), text


def test_where_it_is_named_it_is_a_chapter_like_the_others(tmp_path, capsys):
    course = Course(tmp_path / "class")
    assert said(capsys, course, "release", OPTIONAL)[0] == 0
    assert [each.name for each in (course.folder / "release").iterdir()] == [OPTIONAL]
    status, text = said(capsys, course, "report", "--all")
    assert status == 0 and OPTIONAL in text


@pytest.mark.parametrize("word", ["maybe", "1", '"true"'])
def test_what_is_neither_optional_nor_not_is_refused_with_its_file(tmp_path, word):
    path = tmp_path / "page.md"
    text = cells.find_chapter(OPTIONAL).text
    path.write_text(text.replace("optional: true", f"optional: {word}"), "utf-8")
    with pytest.raises(ChapterError, match=r"page\.md.* optional is .* and must be true or false$"):
        _ = Chapter(path).is_optional
