"""What a cell's code says is found out within bounds: what nobody writes says nothing, and costs nothing."""

import ast
import time

import pytest

from autograder.running import code
from autograder.running.code import MOST_NAMES, MOST_SOURCE, bound_names, defines, is_unfinished, parsed
from autograder.running.stopped import names_defined

STUB = "def gae(rewards):\n    raise NotImplementedError()"
TOO_LONG = ".".join(["a"] * (MOST_NAMES + 1))
AS_LONG_AS_MAY_BE = ".".join(["a"] * MOST_NAMES)


@pytest.mark.parametrize("begin", ["import {}", "from {} import b", "b = {}"])
def test_names_behind_each_other_are_read_up_to_a_number(begin):
    assert parsed(begin.format(AS_LONG_AS_MAY_BE)) is not None
    assert parsed(begin.format(TOO_LONG)) is None


@pytest.mark.parametrize("between", [" . ", ".\\\n", ".\t", "\f.\\\n\\\n"])
def test_nobody_gets_around_that_by_white_space(between):
    assert parsed(f"import {TOO_LONG.replace('.', between)}") is None
    assert "b" in names_defined(f"import {TOO_LONG.replace('.', between)}\nb = 1"), "found line by line"


def test_many_short_names_and_numbers_are_no_such_chain():
    source = "\n".join(
        [f"x{i} = np.a.b(0.5, 1.5e3) + y.c" for i in range(500)] + ['"""' + "word. " * 250 + '"""']
    )
    assert parsed(source) is not None and "x499" in bound_names(source)


@pytest.mark.parametrize("line", [",a b", ";a b", "/a", "%time a", "a?"])
def test_what_ipython_would_read_again_and_again_is_not_read_and_raises_nothing(line):
    begun = time.monotonic()
    assert not defines(f"{line}\n" * (MOST_SOURCE // (len(line) + 1)), "gae")
    assert time.monotonic() - begun < 10


def test_an_answer_deeper_than_python_recurses_is_an_answer():
    deep = "def gae(rewards):\n    return " + "-" * 1500 + "rewards"
    assert parsed(deep) is not None
    with pytest.raises(RecursionError):
        ast.dump(parsed(deep))
    assert not is_unfinished(deep, "gae", STUB)


def test_no_more_trees_are_kept_than_have_room(monkeypatch):
    monkeypatch.setattr(code, "MOST_KEPT", 100)
    trees = code._Trees()
    for number in range(50):
        assert ast.unparse(trees(f"x = {number}")) == f"x = {number}"
        assert sum(map(len, trees._kept)) <= 100
