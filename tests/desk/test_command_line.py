"""What `grade` says: to a person, to a program, to a terminal, and when somebody presses Ctrl-C."""

import json
import os
import pty
import re
import select
import signal
import tempfile
import termios
import time

import pytest

from autograder.__main__ import main
from autograder.classroom.course import Course
from autograder.desk.grade import grade
from tests import crowd
from tests.classes import CHAPTER, cell, hand_in, notebook_path, released_class

STATES = {"graded", "unchanged", "zero", "not_graded", "nothing"}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory, chapter) -> Course:
    return crowd.crowd(tmp_path_factory.mktemp("command") / "class", chapter, 8)


@pytest.fixture
def course(handed_in, tmp_path) -> Course:
    return crowd.copy_of(handed_in, tmp_path / "class")


@pytest.fixture
def worthless(chapter, tmp_path) -> Course:
    """A class in which nobody has done anything right."""
    course = released_class(tmp_path / "class", chapter)
    hand_in(course, "untouched")
    hand_in(course, "empty").write_text("", "utf-8")
    return course


def test_a_class_of_zeros_is_no_failure_and_one_that_cannot_be_graded_is(worthless):
    ended = crowd.run(worthless, "grade", CHAPTER, "--workers", "2")
    assert (ended.status, ended.errors) == (0, "")
    assert re.search(r"^1 graded, 1 scored 0, in \d+\.\d seconds$", ended.output, re.M)
    path = notebook_path(worthless, "submitted", "untouched").with_name("timestamp.txt")
    path.write_text("yesterday evening", "utf-8")
    ended = crowd.run(worthless, "grade", CHAPTER, "--json")
    assert (ended.status, ended.errors) == (1, "")
    lines = [json.loads(line) for line in ended.output.splitlines()]
    said, summary = {line["student"]: line for line in lines[:-1]}, lines[-1]["summary"]
    assert (
        said["untouched"]["state"] == "not_graded" and "does not hold a date" in said["untouched"]["reason"]
    )
    assert said["empty"]["state"] == "unchanged"
    assert {state: summary[state] for state in STATES} == dict.fromkeys(STATES, 0) | {
        "not_graded": 1,
        "unchanged": 1,
    }


def test_every_line_of_json_can_be_read_and_the_summary_counts_them(course):
    ended = crowd.run(course, "grade", CHAPTER, "--workers", "2", "--json")
    assert (ended.status, ended.errors) == (0, ""), "no bar where nobody looks"
    lines = [json.loads(line) for line in ended.output.splitlines()]
    summary = lines.pop()["summary"]
    assert all(line.keys() == {"student", "state", "reason", "points", "waiting"} for line in lines)
    assert sorted(line["student"] for line in lines) == sorted(crowd.keys_in_gradebook(course))
    states = [line["state"] for line in lines]
    assert {state: summary[state] for state in STATES} == {state: states.count(state) for state in STATES}
    assert summary["graded"] == 6 and summary["zero"] == 2
    assert summary["isolated"] is True and summary["seconds"] > 0 and summary["round"].startswith("round 1 ")


@pytest.mark.parametrize("number", ["0", "-3"])
def test_no_workers_at_all_are_refused_in_one_sentence(worthless, capsys, number):
    for verb in ("grade", "feedback"):
        list(grade(CHAPTER, worthless)) if verb == "feedback" else None
        assert main(["--course", str(worthless.folder), verb, CHAPTER, f"--workers={number}"]) == 1
        assert capsys.readouterr().err == f"autograder: --workers must be at least 1, not {number}\n"


def on_a_terminal(command) -> tuple[int, str]:
    """Run a command on a terminal of its own; return its status and all that the terminal was sent."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    process = crowd.start(command, stdout=theirs, stderr=theirs)
    os.close(theirs)
    sent = b""
    while select.select([ours], [], [], 120)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how a terminal says that nobody is left
            break
        if not piece:
            break
        sent += piece
    os.close(ours)
    return process.wait(60), sent.decode("utf-8")


def test_a_terminal_shows_a_bar_with_done_failed_rate_and_time_left(course):
    path = notebook_path(course, "submitted", "untouched").with_name("timestamp.txt")
    path.write_text("yesterday evening", "utf-8")
    status, sent = on_a_terminal(crowd.command(course, "grade", CHAPTER, "--workers", "2"))
    assert status == 1
    lines = re.split(r"[\r\n]+", sent)
    bars = [line for line in lines if line.startswith("graded: ")]
    assert any(re.search(r"^graded: +0%\|.*\| 0/8 \[", each) for each in bars)
    assert re.search(r"^graded: 100%\|.*\| 8/8 \[\d\d:\d\d<00:00, +[\d.]+(s|/s)?.*, failed=1\]", bars[-1])
    assert any(re.search("^untouched: NOT GRADED: .* does not hold a date", line) for line in lines)
    assert not any(line.startswith("perfect: ") for line in lines), "what is simply graded is only counted"
    status, sent = on_a_terminal(crowd.command(course, "feedback", CHAPTER))
    assert status == 0 and re.search(r"written: 100%\|.*\| 8/8 \[", sent)


def endless(notebook):
    cell(notebook, "td_errors").source = "while True:\n    pass"


def interrupted(course, whom, wait, environment=None):
    """Start to grade, wait, press Ctrl-C, and return how it has ended and how long that took."""
    command = crowd.command(course, "grade", CHAPTER, "--workers", "2", "--json")
    process = crowd.start(command, start_new_session=True, env=os.environ | (environment or {}))
    family = crowd.Family(process.pid)
    wait(family, process)
    family.look()
    start = time.monotonic()
    whom(process.pid, signal.SIGINT)
    ended = crowd.end_of(process)
    seconds = time.monotonic() - start
    family.assert_gone()
    return ended, seconds


@pytest.mark.parametrize("whom", [os.kill, os.killpg], ids=["the grader", "everybody"])
def test_ctrl_c_ends_in_seconds_with_the_sentence_and_keeps_what_is_graded(course, whom):
    with tempfile.TemporaryDirectory() as temporary:
        ended, seconds = interrupted(
            course, whom, lambda _, process: crowd.wait_for_files(course, process, 2), {"TMPDIR": temporary}
        )
        assert os.listdir(temporary) == []
    ours = f"python -m autograder --course {course.folder} grade {CHAPTER}"
    assert (ended.status, ended.errors) == (130, f"stopped; go on with: {ours}\n")
    assert seconds < 8
    done = crowd.keys_in_gradebook(course)
    assert done == crowd.keys_in_files(course)
    again = crowd.run(course, "grade", CHAPTER, "--workers", "2", "--json")
    assert {student for student, state in again.outcomes.items() if state == "unchanged"} == set(done)
    assert len(crowd.facts(course).scores) == 8


@pytest.fixture
def endless_class(chapter, tmp_path) -> Course:
    """A class of submissions that run for half a minute each."""
    course = released_class(tmp_path / "class", chapter)
    for number in range(4):
        hand_in(course, f"endless-{number}", endless)
    return course


@pytest.mark.heavy
def test_ctrl_c_does_not_wait_for_a_submission_that_never_ends(endless_class):
    ended, seconds = interrupted(endless_class, os.killpg, crowd.wait_for_somebody)
    assert ended.status == 130 and ended.errors.count("\n") == 1 and seconds < 8


def test_what_a_killed_grader_has_started_does_not_wait_for_such_a_submission(endless_class):
    process = crowd.start(crowd.command(endless_class, "grade", CHAPTER, "--workers", "2"))
    family = crowd.Family(process.pid)
    crowd.wait_for_somebody(family, process)
    process.kill()
    process.wait()
    family.assert_gone(seconds=5)


@pytest.mark.heavy
def test_ctrl_c_at_any_moment_of_the_start_is_a_sentence_too(course):
    """While Python itself starts it shows its own traceback, for nobody can catch that."""
    for tenth in range(4, 40, 4):
        command = crowd.command(course, "grade", CHAPTER, "--workers", "2", "--json", "--force")
        process = crowd.start(command, start_new_session=True)
        family = crowd.Family(process.pid)
        time.sleep(tenth / 10)
        family.look()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        ended = crowd.end_of(process)
        # Python ends itself by the signal where that has gone through code that a module runs from a text
        assert ended.status in (0, 130, -signal.SIGINT), (tenth, ended)
        is_cut_off = ended.status != 0 and '"summary"' not in ended.output
        assert ended.errors.count("\n") == is_cut_off, (tenth, ended.errors)
        family.assert_gone()


ODD = "ann\x1b]0;owned\x07\x1b[2J\rbob: graded\nzed\u202e"
"""A student's id that would set the title of a terminal, clear it and forge a line."""


def raises_odd(notebook):
    cell(notebook, "gae").source = "def gae(*arguments):\n    raise ValueError('\\x1b[31mred\\x07')"


def test_no_character_of_control_reaches_a_terminal(released, capsys):
    path = hand_in(released, ODD, raises_odd)
    hand_in(released, f"{ODD} late")
    asked = [
        ("grade", CHAPTER, "--student", ODD),
        ("grade", CHAPTER, "--student", f"{ODD}?"),
        ("report", CHAPTER),
        ("feedback", CHAPTER),
        ("check", str(path)),
    ]
    for arguments in asked:
        main(["--course", str(released.folder), *arguments])
        text = "".join(capsys.readouterr())
        assert "ann" in text, arguments
        assert [each for each in text if not each.isprintable() and each != "\n"] == [], arguments
        assert not re.search(r"^(bob|zed)", text, re.M), "a line of its own"
    assert "ValueError: �[31mred�" in text
