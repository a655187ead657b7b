"""Rounds: one secret seed for a class and an assignment, outside its folder, recorded with the results."""

import json
import shutil
import stat
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from autograder.classroom.course import Course
from autograder.desk.feedback import feedback
from autograder.desk.grade import GradeError, State, grade, of_another_round
from autograder.exercises import EXERCISES
from autograder.judging.rounds import (
    RoundError,
    begin_round,
    current_round,
    default_seeds_folder,
    digest_of,
    find_round,
)
from tests.classes import (
    CHAPTER,
    cell,
    hand_in,
    notebook_path,
    released_class,
    run_module,
    scores_of,
)

RECORDS = """\
asked = []

def td_errors(rewards, values, next_values, terminated, gamma):
    asked.append([np.asarray(rewards).tolist(), gamma])
    return rewards + gamma * next_values - values
"""
LAST = "import json\nprint(json.dumps(asked))"


def records_what_it_is_asked(notebook):
    cell(notebook, "td_errors").source = RECORDS
    notebook.cells.append(nbformat.v4.new_code_cell(LAST))


def asked(course, student):
    graded = nbformat.read(notebook_path(course, "autograded", student), as_version=4)
    return json.loads(graded.cells[-1].outputs[0].text)


def recorded(course, student):
    about = nbformat.read(notebook_path(course, "autograded", student), as_version=4).metadata["autograder"]
    return {name: about[name] for name in ("round", "seed") if name in about}


def _begin(folders):
    return current_round(*folders).seed


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "class" / "rounds" / CHAPTER, tmp_path / "seeds"


def test_the_first_round_begins_by_itself_and_stays(folders):
    first = current_round(*folders)
    assert first.number == 1
    assert current_round(*folders) == first == find_round(*folders, 1)


def test_a_seed_has_128_bits_and_no_two_are_alike(folders):
    seeds = {begin_round(*folders).seed for _ in range(50)}
    assert len(seeds) == 50
    assert 2**120 < max(seeds) < 2**128


def test_the_class_folder_names_the_seed_and_does_not_hold_it(folders):
    rounds, seeds = folders
    begun = begin_round(rounds, seeds)
    in_class = "".join(path.read_text() for path in rounds.iterdir())
    assert in_class.strip() == begun.digest
    for form in (f"{begun.seed:032x}", str(begun.seed)):
        assert form not in in_class
    (kept,) = seeds.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(seeds.stat().st_mode) == 0o700


def test_processes_that_begin_the_first_round_together_agree_on_one_seed(folders):
    with ProcessPoolExecutor(6) as pool:
        assert len(set(pool.map(_begin, [folders] * 24))) == 1


def test_an_older_round_can_still_be_read(folders):
    first, second = current_round(*folders), begin_round(*folders)
    assert (second.number, find_round(*folders, 1)) == (2, first)
    assert current_round(*folders) == second != first


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda file: file.write_text("0" * 32), lambda file: file.write_text("seed")]
)
def test_a_seed_that_is_not_here_is_a_sentence_that_says_what_to_do(folders, spoil):
    begun = begin_round(*folders)
    spoil(folders[1] / begun.digest)
    with pytest.raises(RoundError, match=r"cannot be read \(.*\); copy the file of that name .*--new-round"):
        current_round(*folders)


def test_a_round_that_never_was_is_a_sentence(folders):
    with pytest.raises(RoundError, match="has no round 1; nothing has been graded yet"):
        find_round(*folders, 1)
    begin_round(*folders)
    with pytest.raises(RoundError, match="has no round 7; the newest is 1"):
        find_round(*folders, 7)


def test_a_seeds_folder_that_cannot_be_written_is_a_sentence_and_begins_no_round(folders, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RoundError, match=r"cannot be kept in .*; name another folder"):
        begin_round(folders[0], tmp_path / "file" / "seeds")
    assert not folders[0].exists()


@pytest.fixture(scope="module")
def graded(tmp_path_factory, chapter):
    """Two students graded by our verb, and then one by plain nbgrader."""
    course = released_class(tmp_path_factory.mktemp("rounds") / "class", chapter)
    for student in ("ann", "ben"):
        hand_in(course, student, records_what_it_is_asked)
    list(grade(CHAPTER, course))
    hand_in(course, "plain", records_what_it_is_asked)
    done = run_module(
        "nbgrader", "autograde", CHAPTER, "--student=plain", f"--CourseDirectory.root={course.folder}"
    )
    assert done.returncode == 0, done.stderr
    return course


def test_all_students_of_a_round_meet_the_same_cases_by_whatever_command(graded):
    first = asked(graded, "ann")
    assert len(first) == len(EXERCISES["td_errors"].cases)
    assert asked(graded, "ben") == first == asked(graded, "plain")


def test_every_result_records_its_round(graded):
    used = graded.round(CHAPTER)
    for student in ("ann", "ben", "plain"):
        assert recorded(graded, student) == {"round": 1, "seed": used.digest}


def test_the_seed_is_in_no_file_of_the_class_folder(graded):
    seed = graded.round(CHAPTER).seed
    for path in graded.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert f"{seed:032x}".encode() not in content and str(seed).encode() not in content, path
    assert not default_seeds_folder().is_relative_to(graded.folder)


def test_a_new_round_asks_everybody_something_else_and_an_interrupted_one_goes_on(
    graded, chapter, tmp_path, monkeypatch
):
    monkeypatch.setattr("autograder.desk.grade.BATCH", 1)
    course = Course(tmp_path / "class")
    shutil.copytree(graded.folder, course.folder)
    before, points = asked(course, "ann"), scores_of(course, chapter)
    begun = grade(CHAPTER, course, new_round=True)
    assert next(begun).state is State.GRADED  # and here somebody pulls the plug
    begun.close()
    assert of_another_round(CHAPTER, course) == ["ben"]  # `plain` has no record of ours: nothing to compare
    rest = [outcome.state for outcome in grade(CHAPTER, course)]
    assert rest == [State.UNCHANGED, State.GRADED, State.GRADED]
    assert asked(course, "ann") == asked(course, "ben") != before
    assert recorded(course, "ben")["round"] == 2
    assert of_another_round(CHAPTER, course) == []
    assert scores_of(course, chapter) == points


def test_the_command_line_begins_a_new_round_for_all_and_not_for_one(graded, tmp_path):
    course = Course(tmp_path / "class")
    shutil.copytree(graded.folder, course.folder)
    ours = ("autograder", "--course", str(course.folder), "grade", CHAPTER)
    one = run_module(*ours, "--student", "ann", "--new-round")
    assert one.returncode == 2 and "not allowed with" in one.stderr
    assert course.round(CHAPTER).number == 1
    everybody = run_module(*ours, "--new-round")
    assert everybody.returncode == 0, everybody.stderr
    assert everybody.stdout.count(": graded\n") == 3 and "cases of round 2 (seed " in everybody.stdout


def test_a_lost_seed_stops_the_grading_before_it_begins(graded, tmp_path):
    course = Course(tmp_path / "class")
    shutil.copytree(graded.folder, course.folder)
    course.config.merge(Config(BlindExecute={"seeds_folder": str(tmp_path / "another machine")}))
    with pytest.raises(RoundError, match="copy the file of that name"):
        list(grade(CHAPTER, course, force=True))
    assert asked(course, "ann")


def test_a_graded_notebook_that_got_lost_is_graded_again(graded, tmp_path):
    course = Course(tmp_path / "class")
    shutil.copytree(graded.folder, course.folder)
    notebook_path(course, "autograded", "ann").unlink()
    states = {outcome.student: outcome.state for outcome in grade(CHAPTER, course)}
    assert (states["ann"], states["ben"]) == (State.GRADED, State.UNCHANGED)


def test_no_round_begins_where_there_is_nothing_to_grade(tmp_path):
    course = Course(tmp_path / "class")
    with pytest.raises(GradeError):
        list(grade(CHAPTER, course, new_round=True))
    assert not course.folder.exists()


@pytest.fixture(scope="module")
def undecided(tmp_path_factory, chapter):
    """A student whose functions draw lots, ask the clock of the hash, and go through a set."""
    course = released_class(tmp_path_factory.mktemp("undecided") / "class", chapter)

    def draws(notebook):
        cell(notebook, "td_errors").source = (
            "import random\n\n"
            "def td_errors(rewards, values, next_values, terminated, gamma):\n"
            "    lot = random.random() + np.random.rand() + hash('lot') + list({'a', 'b', 'c'}).index('a')\n"
            "    return rewards + gamma * next_values * ~terminated - values + lot"
        )

    hand_in(course, "ann", draws)
    return course


def test_the_same_submission_and_seed_give_the_same_verdict_on_every_run(undecided):
    said = set()
    for _ in range(3):
        list(grade(CHAPTER, undecided, force=True))
        notebook = nbformat.read(notebook_path(undecided, "autograded", "ann"), as_version=4)
        said.add(cell(notebook, "test_td_errors").outputs[0].data["text/plain"])
    assert len(said) == 1 and "the value is wrong, first at index [0]" in said.pop()


def test_feedback_shows_the_expected_value_only_where_the_setting_says_so(graded, tmp_path):
    course = Course(tmp_path / "class")
    shutil.copytree(graded.folder, course.folder)
    exercise, seed = EXERCISES["td_errors"], course.round(CHAPTER).seed
    case = next(each for each in exercise.cases if "terminates" in each.title)
    expected = float(exercise.reference(*exercise.arguments(case, seed))[0])
    (page,) = feedback(CHAPTER, course, "ann")
    assert "expected:" not in page.read_text("utf-8")
    course.config.merge(Config(GradedCellsOnly={"show_expected": True}))
    (page,) = feedback(CHAPTER, course, "ann")
    verdict = page.read_text("utf-8").split('id="test_td_errors"')[1].split("<section")[0]
    assert case.title in verdict
    assert f"expected: np.array([{expected:.6f}"[:25] in verdict.replace("[ ", "[")
    unfinished = page.read_text("utf-8").split('id="test_gae"')[1].split("<section")[0]
    assert "Not attempted" in unfinished and "expected:" not in unfinished


def test_a_seed_that_an_instructor_sets_is_recorded_by_its_digest(graded, tmp_path):
    course = Course(tmp_path / "class")
    shutil.copytree(graded.folder, course.folder)
    course.config.merge(Config(BlindExecute={"seed": 7}, GradedCellsOnly={"show_expected": True}))
    list(grade(CHAPTER, course, "ann", force=True))
    assert recorded(course, "ann") == {"seed": digest_of(7)}
    assert str(course.round(CHAPTER)).startswith("c.BlindExecute.seed (seed ")
    again = {outcome.student: outcome.state for outcome in grade(CHAPTER, course)}
    assert (again["ann"], again["ben"]) == (State.UNCHANGED, State.GRADED), "the others met other cases"
    (page,) = feedback(CHAPTER, course, "ann")
    assert "expected:" in page.read_text("utf-8")
