"""What a student reads: the ladder in order, inputs to try out, and nothing that gives the answer away."""

import inspect
import re

import numpy as np
import pytest

from autograder.exercises import EXERCISES
from autograder.inside.kernel_side import Formula
from autograder.judging import explain
from autograder.judging.answers import Answer, ask_here
from autograder.judging.ladder import Rung, climb
from autograder.judging.verdict import judge

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def shifted(exercise, by):
    """Return a function whose values are all off by the same."""

    def on_parts(value):
        if isinstance(value, (list, tuple)):
            return [on_parts(each) for each in value]
        return np.asarray(value, dtype=float) + by

    return lambda *arguments: on_parts(exercise.reference(*arguments))


def numbers(value):
    """Return the numbers in a value as a page would show them; a word or None holds none."""
    if value is None or isinstance(value, str):
        return set()
    if isinstance(value, Formula):
        return {text for each in value.coefficients.values() for text in numbers(each)}
    if isinstance(value, (list, tuple)):
        return {text for each in value for text in numbers(each)}
    return {f"{abs(each):.6f}".rstrip("0") for each in np.ravel(np.asarray(value, dtype=float))}


def ladder(*rungs):
    """Return what is said first where the cases of an exercise, the first two plain, end on these rungs."""
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
    exercise = EXERCISES["ppo_clip_objective"]
    verdict = judge(exercise, 0, lambda *_: queue.pop(0) if queue else answers[rungs[-1]])
    return explain.sentences(verdict)[0]


SAID = {
    Rung.NOT_ATTEMPTED: "The function is not defined.",
    Rung.RAISED: "it raised KeyError: 'no such key', in the line `return {}[1]`",
    Rung.DID_NOT_RETURN: "it did not return within 10 seconds",
    Rung.RETURNED_NOTHING: "it returned nothing (None)",
    Rung.WRONG_TYPE: "the value should be real numbers, but is a str",
    Rung.WRONG_SHAPE: "the value has the shape (7, 7), but should have the shape of a single number",
    Rung.NOT_FINITE: "the value holds infinity or NaN",
    Rung.WRONG_VALUE: "the value is wrong",
}


@pytest.mark.parametrize("rung", SAID)
def test_the_feedback_stops_at_the_first_rung_that_applies(rung):
    higher = [each for each in SAID if each > rung and each is not Rung.DID_NOT_RETURN]
    for other in higher:
        assert SAID[rung] in ladder(other, rung, other)


def wrong_in(name, faults, seed=0):
    """Return the verdict on the reference of `name`, but for the cases that `faults` names and spoils."""
    exercise = EXERCISES[name]
    spoilt = [faults.get(case.title) for case in exercise.cases]

    def answer(*arguments):
        spoil = spoilt.pop(0)
        return spoil(*arguments) if spoil else exercise.reference(*arguments)

    return judge(exercise, seed, ask_here(answer))


def off(*arguments):
    """Return the TD errors, all off by 5."""
    return EXERCISES["td_errors"].reference(*arguments) + 5


def stops(message):
    """Return a function that raises an IndexError with the sizes of its arguments in the message."""

    def stop(rewards, *_):
        raise IndexError(message.format(len(rewards)))

    return stop


PLAIN, PLAIN_TOO, SINGLE, KEEPING = (EXERCISES["td_errors"].cases[index].title for index in (0, 1, 4, 5))


def test_every_exercise_has_a_plain_case_and_it_stands_first():
    assert all(exercise.cases[0].plain for exercise in EXERCISES.values())


def test_a_plain_case_is_reported_before_an_odd_one_that_went_wrong_sooner():
    verdict = wrong_in("td_errors", {PLAIN: off, SINGLE: stops("index 1")})
    first, second = explain.sentences(verdict)
    assert first.startswith(f"In the case “{PLAIN}”, the value is the right one plus an amount")
    assert second.startswith(f"There is another fault: in the case “{SINGLE}”, it raised IndexError: index 1")


def test_an_odd_case_is_reported_where_all_plain_ones_are_right():
    (only,) = explain.sentences(wrong_in("td_errors", {SINGLE: stops("index 1")}))
    assert only.startswith(f"In the case “{SINGLE}”, it raised IndexError")


def test_a_changed_argument_is_a_fault_beside_a_wrong_value():
    def careless(rewards, *rest):
        value = EXERCISES["td_errors"].reference(rewards, *rest)
        rewards += 1
        return value

    second = explain.sentences(wrong_in("td_errors", {PLAIN: off, KEEPING: careless}))[1]
    assert second.startswith(f"There is another fault: in the case “{KEEPING}”, the value is right, but")


@pytest.mark.parametrize(
    "faults",
    [
        {PLAIN: off, PLAIN_TOO: off, SINGLE: off},
        {PLAIN: stops("shapes ({},) (4,4)"), PLAIN_TOO: stops("shapes ({},) (12,4)")},
    ],
    ids=["values that are off", "an error that names sizes"],
)
def test_the_same_fault_in_several_cases_is_said_once(faults):
    assert len(explain.sentences(wrong_in("td_errors", faults))) == 1


def test_two_errors_with_other_messages_are_two_faults():
    verdict = wrong_in("td_errors", {PLAIN: stops("too many indices"), PLAIN_TOO: stops("out of bounds")})
    assert "out of bounds" in explain.sentences(verdict)[1]


@every_exercise
def test_a_misconception_that_explains_all_cases_leaves_no_second_fault(exercise):
    for misconception in exercise.misconceptions:
        with np.errstate(all="ignore"):
            assert judge(exercise, 0, ask_here(misconception.wrong)).second is None


def test_what_is_said_of_a_call_that_was_not_made_is_no_fault():
    queue = [Answer("returned", 1234.5), Answer("did_not_return", message="it did not return")]
    not_made = Answer("not_asked", message="it was not asked")
    verdict = judge(EXERCISES["ppo_clip_objective"], 0, lambda *_: queue.pop(0) if queue else not_made)
    assert (verdict.worst.rung, verdict.second.rung) == (Rung.DID_NOT_RETURN, Rung.WRONG_VALUE)


def test_a_wrong_helper_is_mended_before_a_second_fault_is_looked_at():
    verdict = wrong_in("td_errors", {PLAIN: off, SINGLE: stops("index 1")})
    said = explain.sentences(verdict, ["helper"])
    assert len(said) == 2 and "mend that first" in said[1]


@every_exercise
def test_a_second_fault_gives_no_number_of_the_expected_value_away(exercise):
    right, cases = shifted(exercise, 1234.5), list(exercise.cases)

    def two_faults(*arguments):
        if cases.pop(0) is exercise.cases[0]:
            raise KeyError("no such key")
        return right(*arguments)

    verdict = judge(exercise, 1, ask_here(two_faults))
    if verdict.second:
        expected = exercise.reference(*verdict.second.arguments)
        given = numbers(verdict.second.arguments) | numbers(verdict.worst.arguments)
        secret = {text for text in numbers(expected) - given if len(text) > 6}
        shown = explain.as_text(verdict) + explain.as_html(verdict)
        assert not [text for text in secret if re.search(rf"\b{re.escape(text)}", shown)]
    assert bool(verdict.second) == (len(exercise.cases) > 1)


@every_exercise
def test_every_case_can_be_read_or_another_one_is_reported(exercise):
    worst = judge(exercise, 0, ask_here(shifted(exercise, 1234.5))).worst
    sizes = [np.size(each) for each in worst.arguments if isinstance(each, np.ndarray)]
    assert all(size <= explain.AT_A_GLANCE for size in sizes), worst.case.title


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
        elif isinstance(sent, str):
            assert space[name] == sent
        else:
            assert np.allclose(space[name], sent, rtol=1e-5, atol=1e-5)


@every_exercise
def test_no_number_of_the_expected_value_is_in_the_feedback_unless_it_was_given(exercise):
    for seed in range(3):
        verdict = judge(exercise, seed, ask_here(shifted(exercise, 1234.5)))
        assert verdict.worst.rung is Rung.WRONG_VALUE
        bare = verdict.worst.sentence == "the value is not the one asked for"
        assert bare == (not verdict.worst.arguments)
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


@every_exercise
def test_what_is_said_is_made_of_whole_sentences(exercise):
    functions = [
        shifted(exercise, 1234.5),
        shifted(exercise, np.nan),
        lambda *_: None,
        lambda *_: np.zeros(99),
    ]
    for function in [*functions, *(each.wrong for each in exercise.misconceptions)]:
        with np.errstate(all="ignore"):
            said = explain.sentences(judge(exercise, 1, ask_here(function)))
        assert said
        for sentence in said:
            assert re.fullmatch(r"[A-ZÂδσΔ].*[^,;: ][.?]", sentence, re.DOTALL), sentence
            assert not re.search(r",[,.;]|\s\s| ,", sentence), sentence


def test_a_near_miss_reads_what_would_have_counted_and_a_far_one_does_not():
    near, far = (
        judge(EXERCISES["dqn_loss"], 0, ask_here(shifted(EXERCISES["dqn_loss"], by))) for by in (1e-3, 5)
    )
    assert "4e-05 + 0.0001 × |right value| count as right" in near.worst.sentence
    assert "count as right" not in far.worst.sentence


ALLOWED = "; differences of at most 4e-05 + 0.0001 × |right value| count as right"


@pytest.mark.parametrize(
    ("right", "value", "said"),
    [
        (2.0, 2.0003, f"off by a little{ALLOWED}"),  # allowed are 0.00024, and near is fifty times that
        (2.0, 2.013, "wrong"),
        (2.0, 1e300, "wrong"),
        (2.0, -2.0002, "the right one with the sign turned round"),
        (-3.0, -6.0, "twice the right one"),
        (-3.0, -1.5, "half the right one"),
        ([1.0, -4.0], [1.0, -4.001], f"off by a little, first at index [1]{ALLOWED}"),
        ([1.0, -4.0], [5.0, -4.0], "wrong, first at index [0]"),
        ([1.0, -4.0], [1.0, 4.0], "wrong, first at index [1]"),
        ([1.0, -4.0, 0.0], [-1.0, 4.0, 0.0], "the right one with the sign turned round"),
        (
            [1.0, -4.0, 2.0],
            [5.0, -20.0, 10.0],
            "the right one times a factor, which is the same at every index",
        ),
        (
            [1.0, -4.0, 2.0],
            [4.0, -1.0, 5.0],
            "the right one plus an amount, which is the same at every index",
        ),
        # two numbers say too little, three equal ones too, and no numbers at all are a multiple of everything
        ([1.0, -4.0], [5.0, -20.0], "wrong, first at index [0]"),
        ([2.0, 2.0, 2.0], [5.0, 5.0, 5.0], "wrong, first at index [0]"),
        ([1.0, -4.0, 2.0], [0.0, 0.0, 0.0], "wrong, first at index [0]"),
        ([1.0, -4.0, 2.0], [1e-9, 1e-9, 1e-9], "wrong, first at index [0]"),
        ([1.0, -4.0, 2.0], [1e200, -1e200, 1e200], "wrong, first at index [0]"),
        ([1.0, -4.0, 2.0], [1e20, 1e20, 1e20], "wrong, first at index [0]"),
    ],
)
def test_what_a_wrong_value_has_in_common_with_the_right_one_is_said(right, value, said):
    found = climb(EXERCISES["dqn_loss"], np.array(right), Answer("returned", np.array(value)))
    assert found == (Rung.WRONG_VALUE, f"the value is {said}")


@pytest.mark.parametrize("right", [3.0, [3.0, -1.0, 2.0]], ids=["a number", "an array"])
def test_of_two_values_that_are_far_off_the_page_does_not_say_which_is_nearer(right):
    right = np.array(right)
    values = [right + far for far in (0.1, -0.1, 2.0, -70.0, 1e6) if right.ndim == 0]
    values += [right * (1, 1, far) for far in (1.1, -0.5, 40.0, 1e9) if right.ndim]
    said = {climb(EXERCISES["dqn_loss"], right, Answer("returned", value)) for value in values}
    assert len(values) >= 4 and len(said) == 1


def test_every_wrong_case_is_listed_with_what_was_wrong_with_it():
    exercise = EXERCISES["dqn_loss"]
    text = explain.as_text(judge(exercise, 0, ask_here(shifted(exercise, 5))))
    kept = "returns the right value and leaves its arguments unchanged"
    assert f"[--] {kept}: wrong value" in text


def test_a_part_of_a_part_is_named_by_both_numbers():
    exercise = EXERCISES["clip_by_global_norm"]

    def wrong_second_array(grads, max_norm):
        arrays, norm = exercise.reference(grads, max_norm)
        return [each + 5 * (number == 1) for number, each in enumerate(arrays)], norm

    verdict = judge(exercise, 0, ask_here(wrong_second_array))
    assert verdict.findings[0].sentence.startswith("value 2 of 3 in value 1 of 2 is wrong, first at")


def test_values_inside_values_without_end_are_not_shown_and_stop_nothing():
    deep = 2.4
    for _ in range(900):
        deep = [deep]
    verdict = judge(EXERCISES["quick_td_error"], 0, lambda *_: Answer("returned", deep))
    assert "too deep to be shown" in explain.as_text(verdict)
    assert verdict.worst.rung is Rung.WRONG_TYPE


def test_numbers_are_shown_without_exponents_and_without_the_sign_of_zero():
    assert explain.show(np.array([-1001.303, 0.5])) == "np.array([-1001.303,     0.5  ])"
    assert explain.show(np.array([-0.0, 1.5])) == "np.array([0. , 1.5])"
