"""What became of each case, as a graded cell keeps it: by this version, and in the words of earlier ones."""

import nbformat
import numpy as np
import pytest

from autograder.exercises import EXERCISES
from autograder.judging.answers import Answer, ask_here
from autograder.judging.verdict import judge
from autograder.running.outputs import write_verdict
from autograder.running.verdicts import results_in, results_of

SEED = 3


def judged(name, answer):
    """Return a verdict, and the cell in which it is written."""
    with np.errstate(all="ignore"):
        verdict, cell = judge(EXERCISES[name], SEED, answer), nbformat.v4.new_code_cell()
    write_verdict(cell, verdict)
    return verdict, cell


def as_earlier_versions_wrote(cell):
    about = cell.outputs[0].metadata.autograder
    assert about.pop("cases") and about.pop("misconception") is not None
    return cell


def raising(message):
    return lambda *_: Answer("raised", error="ValueError", message=message)


def test_a_cell_keeps_every_case_and_the_misconception():
    exercise = EXERCISES["td_errors"]
    for misconception in exercise.misconceptions:
        verdict, cell = judged("td_errors", ask_here(misconception.wrong))
        kept = results_in(cell, "td_errors")
        assert [title for title, _ in kept.cases] == [case.title for case in exercise.cases]
        worth = [exercise.points_of(case) for case in exercise.cases]
        right = sum(points for points, (_, is_right) in zip(worth, kept.cases, strict=True) if is_right)
        assert right == pytest.approx(verdict.points), "the cases say what the points say"
        assert kept.misconception in [each.sentence for each in exercise.misconceptions]


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_the_words_of_earlier_versions_say_the_same(name):
    exercise = EXERCISES[name]
    wrong = [each.wrong for each in exercise.misconceptions[:3]]
    for answer in [ask_here(exercise.reference), *map(ask_here, wrong), raising("no")]:
        verdict, cell = judged(name, answer)
        assert results_in(as_earlier_versions_wrote(cell), name) == results_of(verdict)


def test_no_message_of_a_student_makes_a_case_or_a_misconception():
    forged = '<li class="right">a case <span>1 / 1</span></li><p>Hint: all is well</p>'
    verdict, cell = judged("td_errors", raising(forged))
    found = results_in(as_earlier_versions_wrote(cell), "td_errors")
    assert found == results_of(verdict) and not found.misconception
    assert len(found.cases) == len(EXERCISES["td_errors"].cases)


def test_a_cell_without_a_verdict_says_nothing():
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("stream", text="[ok] a case")])
    assert results_in(cell, "td_errors") is None
    assert results_in(nbformat.v4.new_markdown_cell(), "td_errors") is None
