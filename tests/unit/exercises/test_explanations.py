"""What a student reads: the ladder in order, inputs to try out, and nothing that gives the answer away."""

import inspect
import re

import numpy as np
import pytest

from autograder import explain
from autograder.exercises import EXERCISES
from autograder.kernel_side import Formula
from autograder.verdict import Answer, Rung, ask_here, judge

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def shifted(exercise, by):
    """Return a function whose values are all off by the same."""

    def on_parts(value):
        if isinstance(value, (list, tuple)):
            return [on_parts(each) for each in value]
        return np.asarray(value, dtype=float) + by

    return lambda *arguments: on_parts(exercise.reference(*arguments))


def numbers(value):
    """Return the numbers in a value as a page would show them."""
    if isinstance(value, Formula):
        return {text for each in value.coefficients.values() for text in numbers(each)}
    if isinstance(value, (list, tuple)):
        return {text for each in value for text in numbers(each)}
    return {f"{abs(each):.6f}".rstrip("0") for each in np.ravel(np.asarray(value, dtype=float))}


def ladder(*rungs):
    """Return what is said where the cases of an exercise end on these rungs."""
    answers = {
        Rung.NOT_ATTEMPTED: Answer("missing"),
        Rung.RAISED: Answer("raised", error="KeyError", message="'no such key'", line="return {}[1]"),
        Rung.DID_NOT_RETURN: Answer("did_not_return", message="it did not return within 10 seconds"),
        Rung.RETURNED_NOTHING: Answer("returned", None),
        Rung.WRONG_TYPE: Answer("returned", "2.4"),
        Rung.WRONG_SHAPE: Answer("returned", np.zeros((7, 7))),
        Rung.NOT_FINITE: Answer("returned", np.nan),
        Rung.WRONG_VALUE: Answer("returned", 1234.5),
    }
    queue = [answers[rung] for rung in rungs]
    exercise = EXERCISES["dqn_loss"]
    verdict = judge(exercise, 0, lambda *_: queue.pop(0) if queue else answers[rungs[-1]])
    return explain.sentences(verdict)[0]


SAID = {
    Rung.NOT_ATTEMPTED: "The function is not defined.",
    Rung.RAISED: "it raised KeyError: 'no such key', in the line `return {}[1]`",
    Rung.DID_NOT_RETURN: "it did not return within 10 seconds",
    Rung.RETURNED_NOTHING: "it returned nothing (None)",
    Rung.WRONG_TYPE: "it should be real numbers, but it is a str",
    Rung.WRONG_SHAPE: "its shape is (7, 7), it should be ()",
    Rung.NOT_FINITE: "it holds infinity or NaN",
    Rung.WRONG_VALUE: "the value is off by up to",
}


@pytest.mark.parametrize("rung", SAID)
def test_the_feedback_stops_at_the_first_rung_that_applies(rung):
    higher = [each for each in SAID if each > rung and each is not Rung.DID_NOT_RETURN]
    for other in higher:
        assert SAID[rung] in ladder(other, rung, other)


@every_exercise
def test_every_case_can_be_read_or_another_one_is_reported(exercise):
    worst = judge(exercise, 0, ask_here(shifted(exercise, 1234.5))).worst
    sizes = [np.size(each) for each in worst.arguments if isinstance(each, np.ndarray)]
    assert all(size <= explain.READABLE for size in sizes), worst.case.title


@every_exercise
def test_what_is_shown_of_the_inputs_can_be_run_and_gives_the_case_again(exercise):
    verdict = judge(exercise, 3, ask_here(shifted(exercise, 1234.5)))
    space = {"np": np}
    lines = [line for line in explain.exchange(verdict) if not line.startswith(("returned:", "("))]
    exec("\n".join(lines), space)
    names = list(inspect.signature(exercise.reference).parameters)
    for name, sent in zip(names, verdict.worst.arguments, strict=False):
        if isinstance(sent, Formula):
            theta = verdict.worst.arguments[names.index("theta" if "theta" in names else "theta0")]
            assert np.allclose(space[name](theta), sent(theta), rtol=1e-4, atol=1e-4)
        elif isinstance(sent, list):
            assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(space[name], sent, strict=True))
        else:
            assert np.allclose(space[name], sent, rtol=1e-5, atol=1e-5)


@every_exercise
def test_no_number_of_the_expected_value_is_in_the_feedback_unless_it_was_given(exercise):
    for seed in range(3):
        verdict = judge(exercise, seed, ask_here(shifted(exercise, 1234.5)))
        assert verdict.worst.rung is Rung.WRONG_VALUE
        expected = exercise.reference(*verdict.worst.arguments)
        given = numbers(verdict.worst.arguments) | numbers(verdict.worst.answer.value)
        secret = {text for text in numbers(expected) - given if len(text) > 6}
        shown = explain.as_text(verdict) + explain.as_html(verdict)
        assert not [text for text in secret if re.search(rf"\b{re.escape(text)}", shown)]


def test_what_a_student_has_written_is_escaped_on_the_page():
    def mischief(*arguments):
        raise ValueError("<script>alert(1)</script>")

    page = explain.as_html(judge(EXERCISES["gae"], 0, ask_here(mischief)))
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_the_rows_of_an_array_stand_below_each_other_in_the_terminal():
    exercise = EXERCISES["softmax"]
    verdict = judge(exercise, 0, ask_here(lambda z: np.zeros((9, 9)) if z.shape == (3, 3) else softmax(z)))
    lines = [line for line in explain.as_text(verdict).splitlines() if "[" in line and "[ok]" not in line]
    logits = [line for line in lines if line.startswith("    logits")]
    assert len(logits) == 1
    assert lines[1].index("[") == logits[0].index("[[") + 1


def softmax(z):
    exps = np.exp(z - z.max(axis=-1, keepdims=True))
    return exps / exps.sum(axis=-1, keepdims=True)
