"""The gradebook over SQLite and PostgreSQL: marks by hand, late work, a second gradebook, what goes wrong."""

import contextlib
import csv
import json
import math
import re
import shutil
import sqlite3
import subprocess
import sys
import time

import nbformat
import pytest
from nbgrader.plugins import CsvExportPlugin, LateSubmissionPlugin
from sqlalchemy import select, update
from traitlets.config import Config

from autograder.__main__ import main
from autograder.classroom import waiting
from autograder.classroom.course import Course
from autograder.classroom.export import PointsExport
from autograder.classroom.gradebook import GRADED, GradebookError
from autograder.classroom.writer import Writer
from autograder.desk import grade as grading
from autograder.desk.feedback import feedback
from autograder.desk.grade import PenaltyError, State, grade
from autograder.desk.release import release
from autograder.desk.report import table
from autograder.example_class import STUDENTS
from tests import crowd
from tests.classes import CHAPTER, cell, notebook_path, run_module

QUESTION = "explain_time_limits"
STATES = dict.fromkeys(STUDENTS, State.GRADED) | {"broken-file": State.ZERO}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory, chapter) -> Course:
    return crowd.crowd(tmp_path_factory.mktemp("gradebook") / "class", chapter, len(STUDENTS))


@pytest.fixture(scope="module")
def alone(handed_in, tmp_path_factory) -> Course:
    """The same class, graded into the file in its folder."""
    course = crowd.copy_of(handed_in, tmp_path_factory.mktemp("gradebook") / "alone")
    assert states(grade(CHAPTER, course)) == STATES
    list(feedback(CHAPTER, course))
    return course


@pytest.fixture
def course(handed_in, chapter, tmp_path, database_url) -> Course:
    """A copy of the class that nobody has graded, with each kind of gradebook in turn."""
    return crowd.copy_of(handed_in, tmp_path / "class", chapter, database_url)


@pytest.fixture
def graded(alone, tmp_path) -> Course:
    """A copy of the class that is graded, with its gradebook in a file."""
    return crowd.copy_of(alone, tmp_path / "graded")


@pytest.fixture
def no_run(monkeypatch):
    """Let every run of a submission fail: what is graded now was never run."""

    def refuse(*_):
        raise AssertionError("a submission was run")

    monkeypatch.setattr(grading, "grade_submission", refuse)


@pytest.fixture(autouse=True)
def _no_address_that_stays(monkeypatch):
    """Forget the address that --db puts into the environment."""
    monkeypatch.setenv("NBGRADER_DB_URL", "")


def states(outcomes):
    return {outcome.student: outcome.state for outcome in outcomes}


def sentence(capsys, *arguments) -> str:
    """Run one of our verbs that fails, and return the one sentence that it says."""
    assert main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith("autograder: ") and said.count("\n") == 1, said
    return said.removeprefix("autograder: ").rstrip()


def test_both_kinds_of_gradebook_hold_the_same_to_the_last_digit(course, alone, chapter):
    assert states(grade(CHAPTER, course)) == STATES
    list(feedback(CHAPTER, course))
    assert crowd.facts(course) == crowd.facts(alone)
    assert table(chapter, course) == table(chapter, alone)


def test_what_a_person_gave_is_kept_until_the_answer_changes_and_even_then_not_lost(course, chapter):
    list(grade(CHAPTER, course, "perfect"))
    crowd.give(course, "perfect", QUESTION, 3.5, "Nearly.")
    assert states(grade(CHAPTER, course, "perfect")) == {"perfect": State.UNCHANGED}
    for change in ({"force": True}, {"new_round": True}):
        assert states(grade(CHAPTER, course, "perfect", **change)) == {"perfect": State.GRADED}
        assert crowd.exact_scores(course)["perfect"][QUESTION] == (None, 3.5, False)
    (page,) = feedback(CHAPTER, course, "perfect")
    assert "Nearly." in page.read_text("utf-8") and "to be marked" not in page.read_text("utf-8")
    path = notebook_path(course, "submitted", "perfect")
    notebook = nbformat.read(path, as_version=4)
    cell(notebook, QUESTION).source += " And one more thought."
    nbformat.write(notebook, path)
    list(grade(CHAPTER, course, "perfect"))
    assert crowd.exact_scores(course)["perfect"][QUESTION] == (None, 3.5, True)
    assert re.search(r"^perfect .*\?", table(chapter, course), re.M)


LATE = {"perfect": "2026-03-02 12:00:00 UTC", "partly-done": "2026-03-01 11:59:59 UTC"}
"""When two students have handed in; the others' files say nothing. Due is noon of the first of March."""


def hand_in_late(course):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate="2026-03-01 12:00:00 UTC")
    for student, when in LATE.items():
        notebook_path(course, "submitted", student).with_name("timestamp.txt").write_text(when, "utf-8")


def penalties(course):
    with course.gradebook() as gradebook:
        submissions = gradebook.assignment_submissions(CHAPTER)
        return {each.student_id: (each.late_submission_penalty, each.score) for each in submissions}


def test_late_work_loses_what_nbgraders_settings_say_and_no_other(course):
    hand_in_late(course)
    course.config.merge(Config(LateSubmissionPlugin={"penalty_method": "zero"}))
    list(grade(CHAPTER, course))
    found = penalties(course)
    late, points = found.pop("perfect")
    assert late == points > 0
    assert {late for late, _ in found.values()} == {0}
    (page,) = feedback(CHAPTER, course, "perfect")
    assert "late" in page.read_text("utf-8").lower()
    notebook_path(course, "submitted", "perfect").with_name("timestamp.txt").write_text(LATE["partly-done"])
    list(grade(CHAPTER, course, "perfect"))
    assert penalties(course)["perfect"] == (0, points)


ZERO = Config(LateSubmissionPlugin={"penalty_method": "zero"})


class AnHour(LateSubmissionPlugin):
    """Takes off half a point for each hour that has begun."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * math.ceil(total_seconds_late / 3600)


class Fails(LateSubmissionPlugin):
    """Somebody's code that does not work."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        raise LookupError(f"no tariff\nfor {student_id}")


class NoNumber(LateSubmissionPlugin):
    """Returns what is no penalty."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return float("nan")


def due(course, when, hours=0):
    """Set the due date, and give one student more time."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate=when)
        gradebook.grant_extension(CHAPTER, "perfect", hours=hours)


def configured(course, config):
    """Return the class with other settings, as a new process reads them."""
    changed = Course(course.folder, course.db)
    changed.config.merge(config)
    return changed


def lost(course):
    list(grade(CHAPTER, course))
    return penalties(course)["perfect"][0]


def test_a_penalty_follows_the_facts_though_nobody_is_run_again(course, no_run_after):
    no_run_after(lambda: list(grade(CHAPTER, course)))
    when = notebook_path(course, "submitted", "perfect").with_name("timestamp.txt")
    full = penalties(course)["perfect"][1]
    assert full == 38, "all but the four points of the answer in words"
    an_hour = Config(AssignLatePenalties={"plugin_class": AnHour})
    by_hour = configured(course, an_hour)
    assert lost(by_hour) == 0, "no time, no due date"
    when.write_text("2026-03-02T12:00:00+01:00")
    assert lost(by_hour) == 0, "no due date"
    due(course, "2026-03-02 08:30:00 UTC")
    assert lost(by_hour) == 1.5, "11:00 UTC is two hours and a half after it"
    assert lost(course) == 0, "nbgrader's own settings take nothing off"
    assert lost(configured(course, ZERO)) == 38
    due(course, "2026-03-02 08:30:00 UTC", hours=2)
    assert lost(by_hour) == 0.5, "half an hour after the extension"
    due(course, "2026-03-02 11:00:00 UTC")
    assert lost(by_hour) == 0
    when.write_text("2026-03-02 11:00:01 UTC")
    assert lost(by_hour) == 0.5
    crowd.give(course, "perfect", QUESTION, 3.5, "")
    assert lost(configured(course, ZERO)) == 41.5, "the mark was given since"
    when.unlink()
    assert lost(by_hour) == 0
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(CHAPTER, "perfect").timestamp is None


@pytest.fixture
def no_run_after(monkeypatch):
    """Let every run fail that comes after a first one."""

    def after(first):
        first()
        monkeypatch.setattr(grading, "grade_submission", None)

    return after


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (Fails, "the late penalty of perfect could not be worked out (LookupError: no tariff for perfect)"),
        (NoNumber, "the late penalty of perfect could not be worked out (ValueError: "),
        ("nowhere.Plugin", "nbgrader's plugin for late penalties cannot be used ("),
    ],
)
def test_a_penalty_plugin_that_fails_is_one_sentence_and_the_scores_are_written(course, plugin, said):
    hand_in_late(course)
    with pytest.raises(PenaltyError) as raised:
        list(grade(CHAPTER, configured(course, Config(AssignLatePenalties={"plugin_class": plugin}))))
    assert str(raised.value).startswith(said) and "\n" not in str(raised.value)
    assert penalties(course)["perfect"] == (0, 38)
    assert states(grade(CHAPTER, configured(course, ZERO))) == dict.fromkeys(STUDENTS, State.UNCHANGED)
    assert penalties(course)["perfect"] == (38, 38)
    with pytest.raises(PenaltyError):
        list(grade(CHAPTER, configured(course, Config(AssignLatePenalties={"plugin_class": plugin}))))
    assert penalties(course)["perfect"] == (38, 38), "what was taken off before stays"


def totals(course, chapter, outcomes):
    """Return each one's total as the table, the pages, the export and the lines of JSON state it, in turn."""
    rows = [line.split() for line in table(chapter, course).splitlines()]
    students = [row for row in rows if row and row[0] in STUDENTS]
    yield {row[0]: float(row[-1]) for row in students}
    pages = {path.parent.parent.name: path.read_text("utf-8") for path in feedback(CHAPTER, course)}
    yield {name: float(re.search(r"<b>(\S+) of 42 points</b>", page)[1]) for name, page in pages.items()}
    export = course.folder / "grades.csv"
    with course.gradebook() as gradebook:
        PointsExport(to=str(export)).export(gradebook)
    with export.open() as file:
        yield {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}
    with course.gradebook() as gradebook:
        CsvExportPlugin(to=str(export)).export(gradebook)
    with export.open() as file:
        yield {line["student_id"]: float(line["score"]) for line in csv.DictReader(file)}
    lines = [json.loads(outcome.as_json()) for outcome in outcomes]
    yield {line["student"]: line["points"] for line in lines}


def test_every_place_states_the_same_total(course, chapter):
    hourly = configured(course, Config(AssignLatePenalties={"plugin_class": AnHour}))
    notebook_path(course, "submitted", "perfect").with_name("timestamp.txt").write_text("2026-03-01T15:00Z")
    late = notebook_path(course, "submitted", "untouched").with_name("timestamp.txt")
    late.write_text("2026-03-09T15:00Z")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(CHAPTER, duedate="2026-03-01 12:00:00 UTC")
    before = {outcome.student: outcome.points for outcome in grade(CHAPTER, hourly)}
    assert (before["perfect"], before["untouched"], before["broken-file"]) == (36.5, 0, 0)
    crowd.give(course, "perfect", QUESTION, 9, "More than there is.")
    crowd.give(course, "other-algorithms", QUESTION, 3, "")
    with course.gradebook() as gradebook:
        for name, more in (("test_td_errors", 0.1), ("test_gae", 0.2)):
            gradebook.find_grade(name, CHAPTER, CHAPTER, "perfect").extra_credit = more
        gradebook.db.commit()
    path = notebook_path(course, "submitted", "other-algorithms")
    notebook = nbformat.read(path, as_version=4)
    cell(notebook, QUESTION).source += " And one more thought."
    nbformat.write(notebook, path)
    outcomes = list(grade(CHAPTER, hourly))
    by_hand = {"perfect": 38 + 9 + 0.3 - 1.5, "other-algorithms": 38 + 3, "untouched": 0, "broken-file": 0}
    by_hand |= {student: before[student] for student in before.keys() - by_hand.keys()}
    for stated in totals(course, chapter, outcomes):
        assert stated == pytest.approx(by_hand, abs=1e-9)
    waiting = {outcome.student for outcome in outcomes if outcome.waiting}
    assert "other-algorithms" in waiting and "perfect" not in waiting and "untouched" not in waiting
    shown = table(chapter, course)
    assert re.search(r"^other-algorithms .* 3\? +0 +41$", shown, re.M)
    assert re.search(r"^perfect .* 9 +-1\.5 +45\.8$", shown, re.M)
    (page,) = feedback(CHAPTER, course, "perfect")
    assert "<b>45.8 of 42 points</b>, after a late penalty of 1.5." in page.read_text("utf-8")
    assert not re.search(r"\d\.\d{7}", page.read_text("utf-8").partition("<section")[0] + shown)
    (page,) = feedback(CHAPTER, course, "other-algorithms")
    assert "to be marked again by a person, 3 of 4 points until then" in page.read_text("utf-8")


def test_a_plugin_that_fails_is_told_after_the_summary(graded, capsys, monkeypatch):
    hand_in_late(graded)
    monkeypatch.setattr(LateSubmissionPlugin, "late_submission_penalty", Fails.late_submission_penalty)
    assert main(["--course", str(graded.folder), "grade", CHAPTER, "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1])["summary"]["unchanged"] == len(STUDENTS)
    assert (
        said.err.startswith("autograder: the late penalty of perfect could not") and said.err.count("\n") == 1
    )


def test_a_mark_is_reopened_by_whatever_was_seen_and_a_class_of_an_earlier_build_goes_on(graded):
    """An earlier build remembered the words of an answer alone, and its graded notebooks state no digests."""
    crowd.give(graded, "perfect", QUESTION, 3.5, "Nearly.")
    with graded.gradebook() as gradebook:
        (texts,) = gradebook.db.scalars(select(GRADED.c.texts).where(GRADED.c.student == "perfect"))
        earlier = {name: digest[:16] for name, digest in json.loads(texts).items()}
        assert earlier.keys() == {QUESTION}
        theirs = update(GRADED).where(GRADED.c.student == "perfect")
        gradebook.db.execute(theirs.values(texts=json.dumps(earlier)))
        gradebook.db.commit()
    path = notebook_path(graded, "submitted", "perfect")

    def waits(**files):
        for name, content in files.items():
            path.with_name(f"{name}.png").write_text(content, "utf-8")
        list(grade(CHAPTER, graded, "perfect", force=True))
        score, mark, waiting = crowd.exact_scores(graded)["perfect"][QUESTION]
        assert (score, mark) == (None, 3.5), "what a person gave is never lost"
        return waiting

    assert not waits(), "the words are the same"
    assert not waits(plot="a curve"), "nothing names the picture"
    notebook = nbformat.read(path, as_version=4)
    cell(notebook, QUESTION).source += "\n\n![](plot.png)"
    nbformat.write(notebook, path)
    assert waits()
    crowd.give(graded, "perfect", QUESTION, 3.5, "Nearly.")
    assert not waits()
    assert not waits(other="a line")
    assert waits(plot="a line")


def test_absent_zero_not_graded_and_waiting_are_told_apart(graded, chapter):
    (graded.folder / "submitted" / "away").mkdir()
    with graded.gradebook() as gradebook:
        gradebook.add_student("enrolled")
    shutil.copytree(graded.folder / "submitted" / "untouched", graded.folder / "submitted" / "bad-date")
    notebook_path(graded, "submitted", "bad-date").with_name("timestamp.txt").write_text("today")
    said = {outcome.student: json.loads(outcome.as_json()) for outcome in grade(CHAPTER, graded)}
    assert (said["away"]["state"], said["away"]["points"]) == ("nothing", None)
    assert (said["bad-date"]["state"], said["bad-date"]["points"]) == ("not_graded", None)
    assert (said["untouched"]["points"], said["untouched"]["waiting"]) == (0, False)
    assert (said["perfect"]["points"], said["perfect"]["waiting"]) == (38, True)
    shown = table(chapter, graded)
    assert re.search("^untouched .* 0$", shown, re.M) and re.search(r"^perfect .* \? +38$", shown, re.M)
    assert "\nhanded in nothing: away, enrolled\nhanded in but not graded: bad-date" in shown
    assert not re.search("^(away|enrolled|bad-date) ", shown, re.M), "nobody is given a 0 for it"
    with graded.gradebook() as gradebook:
        gradebook.add_student("bad-date")
    export = graded.folder / "grades.csv"
    folder = f"--CourseDirectory.root={graded.folder}"
    assert run_module("nbgrader", "export", f"--to={export}", folder).returncode == 0
    with export.open() as file:
        rows = {row["student_id"]: (row["score"], row["state"]) for row in csv.DictReader(file)}
    assert rows["enrolled"] == ("", "handed in nothing") and rows["bad-date"] == ("", "not graded")
    assert rows["untouched"] == ("0", "graded") and rows["perfect"] == ("38", "to be marked")


def test_a_time_that_is_none_stops_its_own_submission_alone(graded, capsys):
    notebook_path(graded, "submitted", "perfect").with_name("timestamp.txt").write_text("10.03.2026 10:00")
    old = notebook_path(graded, "submitted", "untouched").with_name("timestamp.txt")
    old.write_text("2015-02-02 15:58:23.948203 UTC")
    assert main(["--course", str(graded.folder), "grade", CHAPTER]) == 1
    said = capsys.readouterr().out
    assert re.search(r"^perfect: NOT GRADED: \S+/timestamp.txt does not hold a date; mend or ", said, re.M)
    assert "untouched: graded before, unchanged: its timestamp.txt says 2015-02-02 15:58 UTC" in said
    assert "5 graded before, unchanged, 1 NOT GRADED" in said


@pytest.mark.heavy
def test_plain_nbgrader_goes_on_with_the_same_gradebook_and_reaches_the_same_scores(
    course, monkeypatch, chapter
):
    """It cannot read the broken file, so it is given the others."""
    hand_in_late(course)
    course.config.merge(Config(LateSubmissionPlugin={"penalty_method": "zero"}))
    list(grade(CHAPTER, course))
    crowd.give(course, "perfect", QUESTION, 3.5, "Nearly.")
    list(grade(CHAPTER, course, force=True))  # so that what is lost counts the mark too
    ours, lost = crowd.exact_scores(course), penalties(course)
    monkeypatch.setenv("NBGRADER_DB_URL", course.db)
    folder = f"--CourseDirectory.root={course.folder}"
    readable = "--CourseDirectory.student_id_exclude=broken-file"
    zero = "--LateSubmissionPlugin.penalty_method=zero"
    for verb in ("autograde", "generate_feedback"):
        done = run_module("nbgrader", verb, CHAPTER, "--force", folder, readable, zero)
        assert done.returncode == 0, done.stderr
    ours["perfect"][QUESTION] = (None, 3.5, True)  # nbgrader lets a person look at every mark again
    assert crowd.exact_scores(course) == ours and penalties(course) == lost
    export = course.folder / "grades.csv"
    assert run_module("nbgrader", "export", f"--to={export}", folder).returncode == 0
    assert len(export.read_text("utf-8").splitlines()) == 1 + len(STUDENTS)
    again = states(grade(CHAPTER, course))  # nbgrader's notebooks have no key, so they are graded again
    assert again == dict.fromkeys(STUDENTS, State.GRADED) | {"broken-file": State.UNCHANGED}
    assert crowd.exact_scores(course) == ours and penalties(course) == lost


def test_a_second_gradebook_is_filled_from_what_is_graded_and_the_first_stays(
    graded, alone, chapter, tmp_path, database_url, no_run
):
    other = Course(graded.folder, database_url or f"sqlite:///{tmp_path / 'other.db'}")
    release(chapter, other)
    assert states(grade(CHAPTER, other)) == STATES
    list(feedback(CHAPTER, other))
    assert crowd.facts(other) == crowd.facts(alone)
    for filled in (other, graded):
        assert states(grade(CHAPTER, filled)) == dict.fromkeys(STUDENTS, State.UNCHANGED)


def test_somebody_whom_nbgrader_has_removed_is_written_again(graded, alone, no_run):
    with graded.gradebook() as gradebook:
        gradebook.remove_submission(CHAPTER, "perfect")
        gradebook.remove_student("partly-done")
    written = {"perfect": State.GRADED, "partly-done": State.GRADED}
    assert states(grade(CHAPTER, graded)) == dict.fromkeys(STUDENTS, State.UNCHANGED) | written
    assert crowd.facts(graded) == crowd.facts(alone)


@pytest.mark.heavy
def test_many_notebooks_go_into_a_second_gradebook_in_small_transactions(
    graded, chapter, tmp_path, no_run, monkeypatch
):
    """Else a large class would lie in memory as a whole before the first is written."""
    other = Course(graded.folder, f"sqlite:///{tmp_path / 'other.db'}")
    release(chapter, other)
    sizes, write = [], Writer.write
    monkeypatch.setattr(Writer, "write", lambda self, some: (sizes.append(len(some)), write(self, some)))
    monkeypatch.setattr(grading, "BATCH", 2)
    list(grade(CHAPTER, other))
    assert sizes == [2, 2, 2]


@pytest.mark.parametrize("content", ["", "[]", '{"nbformat": 4, "cells": 5, "metadata": {}}'])
def test_a_graded_notebook_that_is_damaged_is_graded_again(graded, alone, content):
    path = notebook_path(graded, "autograded", "untouched")
    key = crowd.keys_in_files(graded)["untouched"]
    path.chmod(0o644)
    for damaged in (content, content and f'[{content}, "{key}"]'):
        path.write_text(damaged, "utf-8")
        assert states(grade(CHAPTER, graded, "untouched")) == {"untouched": State.GRADED}
        path.chmod(0o644)
    assert crowd.exact_scores(graded) == crowd.exact_scores(alone)


@pytest.mark.heavy
def test_two_graders_at_the_same_time_do_each_others_work_no_harm(course, alone):
    students = ("partly-done", "perfect")
    begin = [crowd.command(course, "grade", CHAPTER, "--student", student) for student in students]
    ended = [crowd.end_of(grader) for grader in [crowd.start(command) for command in begin]]
    assert [each.status for each in ended] == [0, 0]
    said = f"waiting until another process has done its release or grading in {course.folder}\n"
    assert sorted(each.errors for each in ended) in (["", ""], ["", said])
    right = crowd.exact_scores(alone)
    assert crowd.exact_scores(course) == {student: right[student] for student in students}


# --- what goes wrong ---


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:sesame@127.0.0.1:1/db",
        "postgresql://u@127.0.0.1:1/db?password=sesame",
        "postgresql:///db?host=/nowhere&user=u&password=sesame",
        "postgresql://u:open@sesame@127.0.0.1:1/db",
        "postgresql://u:open/sesame@127.0.0.1:1/db",
        "postgresql://u:sesame@127.0.0.1:port/db",
        "mysql://u:sesame@127.0.0.1/db",
        "nothing://u:sesame@127.0.0.1/db",
        "sesame",
    ],
)
def test_an_address_that_leads_nowhere_is_one_sentence_without_the_password(graded, capsys, address):
    for verb in ("grade", "report"):
        said = sentence(capsys, "--course", graded.folder, "--db", address, verb, CHAPTER)
        assert "sesame" not in said and "gradebook" in said


def test_a_gradebook_to_which_the_chapter_was_never_released_is_one_sentence(graded, capsys, tmp_path):
    for verb in ("grade", "feedback", "report"):
        arguments = ("--course", graded.folder, "--db", f"sqlite:///{tmp_path}/new.db", verb, CHAPTER)
        assert "does not know e3_5_complete_formulas; run" in sentence(capsys, *arguments)


def corrupt(path):
    path.write_text("this is no database, and it is long enough to be sure of it", "utf-8")


def foreign(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE assignment (something_else INTEGER)")


@pytest.mark.parametrize(
    ("spoil", "reason"), [(corrupt, "file is not a database"), (foreign, "no such column: assignment.")]
)
def test_a_file_that_is_no_gradebook_is_one_sentence(graded, capsys, spoil, reason):
    spoil(graded.folder / "gradebook.db")
    for verb in ("grade", "feedback", "report", "release"):
        assert reason in sentence(capsys, "--course", graded.folder, verb, CHAPTER)


def test_a_gradebook_that_may_not_be_written_is_one_sentence(graded, capsys):
    """Opened like this, because the superuser may write to any file."""
    db = f"sqlite:///file:{graded.folder / 'gradebook.db'}?mode=ro&uri=true"
    arguments = ("--course", graded.folder, "--db", db, "grade", CHAPTER, "--force", "--workers", "1")
    assert "attempt to write a readonly database" in sentence(capsys, *arguments)
    assert states(grade(CHAPTER, graded)) == dict.fromkeys(STUDENTS, State.UNCHANGED)


LOCKED = """\
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1])
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextlib.contextmanager
def locked(course, seconds):
    """Let another process hold the gradebook for so long, or until the block ends."""
    command = [sys.executable, "-c", LOCKED, str(course.folder / "gradebook.db"), str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "locked\n"
    try:
        yield
    finally:
        holder.kill()
        holder.wait()


def test_a_gradebook_that_another_program_holds_for_a_moment_is_waited_for(handed_in, tmp_path):
    course = crowd.copy_of(handed_in, tmp_path / "class")
    with locked(course, 2):
        start = time.monotonic()
        assert states(grade(CHAPTER, course, "untouched")) == {"untouched": State.GRADED}
        assert time.monotonic() - start > 1.5


def test_one_that_is_held_for_long_stops_the_run_and_the_files_are_not_run_again(
    handed_in, tmp_path, monkeypatch, no_run
):
    course = crowd.copy_of(handed_in, tmp_path / "class")
    monkeypatch.setattr(grading, "BATCH_SECONDS", 0)
    monkeypatch.setattr(waiting, "PATIENCE", 4)
    with monkeypatch.context() as patch:
        patch.setattr(grading, "grade_submission", run_really)
        running = grade(CHAPTER, course)
        next(running)
        with locked(course, 60), pytest.raises(GradebookError, match="database is locked"):
            list(running)
    in_files = set(crowd.keys_in_files(course))
    written = set(crowd.keys_in_gradebook(course))
    assert len(in_files) > len(written) == 1
    again = states(grade(CHAPTER, course))
    assert {student for student, state in again.items() if state is State.UNCHANGED} == written
    assert {s for s, state in again.items() if state in (State.GRADED, State.ZERO)} == in_files - written
    assert {s for s, state in again.items() if state is State.NOT_GRADED} == set(STUDENTS) - in_files


run_really = grading.grade_submission


def test_a_server_that_is_not_there_is_one_sentence(handed_in, chapter, tmp_path, postgres, capsys):
    course = crowd.copy_of(handed_in, tmp_path / "class", chapter, postgres.new_database())
    postgres.stop()
    for verb in ("grade", "report", "release"):
        said = sentence(capsys, "--course", course.folder, "--db", course.db, verb, CHAPTER)
        assert "cannot be used" in said
    with pytest.raises(GradebookError, match="cannot be used"), course.gradebook():
        pass


def test_a_connection_that_breaks_off_is_one_sentence_however_nbgrader_says_it(postgres, tmp_path):
    course = Course(tmp_path, postgres.new_database())
    with pytest.raises(GradebookError, match="cannot be used"), course.gradebook() as gradebook:
        postgres.stop(immediate=True)
        gradebook.add_student("somebody")  # nbgrader raises InvalidEntry


@pytest.mark.heavy
def test_a_server_that_crashes_in_mid_run_is_one_sentence_and_the_same_command_goes_on(
    tmp_path, chapter, postgres
):
    large = crowd.crowd(tmp_path / "large", chapter, 16)
    alone = crowd.copy_of(large, tmp_path / "alone")
    course = crowd.copy_of(large, tmp_path / "class", chapter, postgres.new_database())
    for number in (1, 4, 8):
        crowd.hand_in_again(course, str(number))
        postgres.start()
        running = crowd.start(crowd.command(course, "grade", CHAPTER, "--workers", "2"))
        family = crowd.Family(running.pid)
        before = set(crowd.identities(course).values())
        while len(set(crowd.identities(course).values()) - before) < number:
            assert running.poll() is None, crowd.end_of(running)
            family.look()
        postgres.stop(immediate=True)
        ended = crowd.end_of(running)
        assert (ended.status, ended.errors.count("\n")) == (1, 1), ended
        assert ended.errors.startswith("autograder: the gradebook postgresql://postgres@")
        family.assert_gone()
    postgres.start()
    assert crowd.run(course, "grade", CHAPTER, "--workers", "2").status == 0
    list(feedback(CHAPTER, course))
    crowd.hand_in_again(alone, "8")
    list(grade(CHAPTER, alone))
    list(feedback(CHAPTER, alone))
    assert crowd.facts(course) == crowd.facts(alone)
