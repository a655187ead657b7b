"""What comes back from a student's process is read, whatever it is, and never executed."""

import base64
import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from autograder.exercises import EXERCISES
from autograder.inside import kernel_side
from autograder.inside.kernel_side import Formula, encode
from autograder.judging.answers import Answer, ask_here, pack_question, unpack_answer
from autograder.judging.ladder import Rung
from autograder.judging.verdict import judge, same_arguments


class Trap:
    """An object whose unpickling would leave a trace."""

    sprung = False

    def __reduce__(self):
        return setattr, (Trap, "sprung", True)


def npy(content):
    return {"npy": base64.b64encode(content).decode("ascii")}


def saved(array, allow_pickle=False):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


def header(text):
    """Return an .npy file whose header is `text` and whose data are missing."""
    padded = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", saved(np.zeros(1_000_000)))
    return buffer.getvalue()


def returned(value, arguments=()):
    return json.dumps({"status": "returned", "value": value, "arguments": list(arguments)})


RIGHT = returned({"plain": 2.4})

UNREADABLE = {
    "empty": "",
    "truncated": RIGHT[:-5],
    "not JSON": "import os; os.abort()",
    "a number": "3",
    "a list": "[]",
    "no status": "{}",
    "no value": '{"status": "returned"}',
    "no arguments": '{"status": "returned", "value": {"plain": 1}}',
    "value of a wrong type": returned(3),
    "value without a kind": returned({}),
    "unknown kind": returned({"pickle": "gASVAA=="}),
    "a list in a plain value": returned({"plain": [1, 2]}),
    "an object in a plain value": returned({"plain": {"a": 1}}),
    "a string in a plain value": returned({"plain": "2.4"}),
    "a word longer than words are": returned({"word": "x" * (kernel_side.MAX_WORD + 1)}),
    "a number for a word": returned({"word": 2.4}),
    "arguments of a wrong type": json.dumps({"status": "returned", "value": {"plain": 1}, "arguments": 7}),
    "deeply nested JSON": "[" * 200_000 + "]" * 200_000,
    "deeply nested value": '{"status": "returned", "arguments": [], "value": '
    + '{"list": [' * 50_000
    + "]}" * 50_000
    + "}",
    "not base64": returned({"npy": "é"}),
    "not an array file": returned(npy(b"PK\x03\x04 but no archive")),
    "an archive": returned(npy(zipped())),
    "a truncated array": returned(npy(saved(np.arange(9.0))[:-8])),
    "a pickled array": returned(npy(saved(np.array([Trap()], dtype=object), allow_pickle=True))),
    "a pickle": returned(npy(pickle.dumps(Trap()))),
    "a header that is no dictionary": returned(npy(header("__import__('os').abort()"))),
    "a header that does not parse": returned(npy(header("{'descr': '<f8', (((("))),
    "a header of an enormous array": returned(
        npy(header("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}"))
    ),
    "a header of a shape beyond integers": returned(
        npy(header("{'descr': '<f8', 'fortran_order': False, 'shape': (9" + 40 * "9" + ",)}"))
    ),
    "a header of a negative shape": returned(
        npy(header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"))
    ),
    "an unknown formula": returned({"formula": "os.system", "coefficients": {}}),
    "a formula with wrong coefficients": returned({"formula": "sine", "coefficients": {"x": {"plain": 1}}}),
    "too large": " " * (3 * kernel_side.MAX_BYTES + 1),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_garbage_is_an_answer_of_its_own_kind(text):
    assert unpack_answer(text).status == "unreadable"
    assert not Trap.sprung


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_garbage_earns_nothing_and_stops_no_grading(text):
    verdict = judge(EXERCISES["quick_td_error"], 0, lambda name, arguments: unpack_answer(text))
    assert (verdict.points, verdict.worst.rung) == (0, Rung.WRONG_TYPE)
    assert verdict.misconception is None


@pytest.mark.parametrize(
    "value",
    [
        {"plain": 10**400},
        {"npy": npy(saved(np.array(["2.4"])))["npy"]},
        {"word": "2.4"},
        {"word": "\ud800<b>\x00\x1b[31m"},
        {"list": [{"plain": 2.4}, {"word": "2.4"}]},
        {"npy": npy(saved(np.zeros(2, dtype=[("a", "<f8")])))["npy"]},
        {"npy": npy(saved(np.array("2024-01-01", dtype="datetime64[D]")))["npy"]},
        {"list": [{"plain": 1.0}, {"list": [{"plain": 1.0}, {"plain": 2.0}]}]},
        {"formula": "sine", "coefficients": {k: {"plain": 1.0} for k in ("amplitude", "frequency", "phase")}},
        json.loads('{"list": [' * 150 + '{"plain": 2.4}' + "]}" * 150),
    ],
    ids=[
        "huge integer",
        "strings",
        "word",
        "odd word",
        "word in a list",
        "records",
        "dates",
        "ragged",
        "formula",
        "more axes than NumPy has",
    ],
)
def test_readable_values_that_are_no_numbers_earn_nothing(value):
    verdict = judge(EXERCISES["quick_td_error"], 0, lambda name, arguments: unpack_answer(returned(value)))
    assert verdict.points == 0
    assert verdict.worst.rung in (Rung.WRONG_TYPE, Rung.WRONG_SHAPE)


def test_a_word_travels_as_an_argument_and_what_comes_back_for_a_value_is_no_number():
    def says_how(values, mask, mode, budget=None):
        return f"{mode}, {budget}"

    answer = ask_here(says_how)("aggregate_tokens", (np.zeros((1, 1)), np.ones((1, 1), dtype=bool), "token"))
    assert (answer.value, answer.arguments[2]) == ("token, None", "token")
    verdict = judge(EXERCISES["aggregate_tokens"], 0, ask_here(says_how))
    assert verdict.points == 0
    assert verdict.worst.sentence == "the value should be real numbers, but is a str"
    with pytest.raises(kernel_side.CannotTravelError, match=r"^str$"):
        encode("x" * (kernel_side.MAX_WORD + 1))


def test_right_value_gets_its_points_through_the_same_door():
    assert judge(EXERCISES["quick_td_error"], 0, lambda *_: unpack_answer(RIGHT)).points == 1


def test_unknown_status_and_endless_messages_are_cut_short():
    text = json.dumps({"status": "raised", "error": "E" * 9999, "message": "m" * 9999, "line": ["x"] * 999})
    answer = unpack_answer(text)
    assert max(map(len, (answer.error, answer.message, answer.line))) == 500
    verdict = judge(EXERCISES["quick_td_error"], 0, lambda *_: Answer("all points, please"))
    assert (verdict.points, verdict.worst.rung) == (0, Rung.WRONG_TYPE)


def test_arguments_that_come_back_nested_deeper_than_python_counts_are_changed_arguments():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert not same_arguments((np.zeros(2),), (deep,))
    while deep:  # taken apart level by level, because freeing it at once recurses too
        deep = deep[0]


def test_value_that_holds_itself_is_an_error_of_the_students_function():
    def tangled(grads, max_norm):
        grads.append(grads)
        return grads, 1.0

    verdict = judge(EXERCISES["clip_by_global_norm"], 0, ask_here(tangled))
    assert (verdict.points, {found.rung for found in verdict.findings}) == (0, {Rung.RAISED})


@pytest.mark.parametrize("thing", [object(), [], np.array([{}])], ids=["object", "itself", "object array"])
def test_argument_that_cannot_travel_any_more_is_a_changed_argument(thing):
    exercise = EXERCISES["clip_by_global_norm"]

    def careless(grads, max_norm):
        value = exercise.reference(grads, max_norm)
        grads[0] = grads if isinstance(thing, list) else thing
        return value

    verdict = judge(exercise, 0, ask_here(careless))
    assert [found.rung for found in verdict.findings if found.rung is not Rung.RIGHT] == [
        Rung.CHANGED_ARGUMENTS
    ]


def test_question_carries_data_only():
    arguments = (Formula("sine", amplitude=np.ones(2), frequency=np.ones(2), phase=np.zeros(2)), np.arange(2))
    question = json.loads(pack_question("numerical_gradient", arguments))
    assert set(question) == {"function", "arguments"}
    assert set(question["arguments"][0]) == {"formula", "coefficients"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        0.1,
        float("inf"),
        np.float32(0.1),
        np.arange(6).reshape(2, 3).T,
        np.array([True, False]),
        np.zeros((0, 3)),
        [1, (2.5, np.ones(2))],
    ],
    ids=repr,
)
def test_values_survive_the_journey_bit_by_bit(value):
    travelled = kernel_side.decode(json.loads(json.dumps(encode(value))))
    assert encode(travelled) == encode(value)


@pytest.mark.parametrize(
    ("value", "rung"),
    [
        (np.array([4.5, 3.6]), Rung.RIGHT),
        (np.array([4.5, 3.6], dtype=object), Rung.RIGHT),
        (np.ma.array([4.5, 3.6]), Rung.RIGHT),
        (np.array([4.5, 3.6]).view(np.recarray), Rung.RIGHT),
        (np.ma.array([4.5, 3.6], mask=[False, True]), Rung.WRONG_TYPE),
        (np.array([4.5, Trap()], dtype=object), Rung.WRONG_TYPE),
        (np.array([[4.5, 3.6]]), Rung.WRONG_TYPE),
        ((number for number in (4.5, 3.6)), Rung.WRONG_TYPE),
        ({4.5: 3.6}, Rung.WRONG_TYPE),
        ((4.5, float("nan")), Rung.NOT_FINITE),
    ],
    ids=[
        "array",
        "object array of numbers",
        "masked array without a masked entry",
        "subclass of array",
        "masked array",
        "object array of other things",
        "another shape",
        "generator",
        "dictionary",
        "NaN",
    ],
)
def test_what_holds_the_right_numbers_counts_and_what_only_pretends_does_not(value, rung):
    verdict = judge(EXERCISES["quick_ppo_term"], 0, ask_here(lambda: value))
    assert verdict.worst.rung is rung
    assert not Trap.sprung


@pytest.mark.parametrize(
    "value",
    [[0.0] * (kernel_side.MAX_ITEMS + 1), [[0.12345678901234567] * 150_000] * 12],
    ids=["long", "many"],
)
def test_lists_over_the_size_limit_are_not_sent(value):
    verdict = judge(EXERCISES["quick_td_error"], 0, ask_here(lambda: value))
    assert verdict.worst.rung is Rung.WRONG_TYPE and "more than" in verdict.worst.sentence


def test_array_over_the_size_limit_is_not_sent():
    verdict = judge(
        EXERCISES["quick_td_error"], 0, ask_here(lambda: np.zeros(kernel_side.MAX_BYTES // 8 + 1))
    )
    assert verdict.worst.rung is Rung.WRONG_TYPE
    assert "more than the limit" in verdict.worst.sentence
