"""Which names a cell had still to define when it stopped, and what is said of it."""

import time

import pytest

from autograder.running.stopped import MOST_CAUSES, lacks_a_module, names_defined, stop, stops_behind

DEFINED = {
    "assignments": ("a = 1\nb, (c, *d) = e\nf: int = 1\ng += 1", {"a", "b", "c", "d", "f", "g"}),
    "definitions": ("def a(b):\n    c = 1\nclass D:\n    e = 1\nasync def f(): pass", {"a", "D", "f"}),
    "imports": ("import a.b, c as d\nfrom e import f, g as h", {"a", "d", "f", "h"}),
    "blocks": ("for i in x:\n    j = 1\nwith y as k:\n    pass\nif (m := n):\n    o = 1", {*"ijkmo"}),
    "what is local": ("[a for b in c]\nlambda d: e\nf(g=1)\nh.i = 1\nj[0] = 1", set()),
    "magics": ("%matplotlib inline\nx = !ls\ny = %timeit -o 1\nnp.sum?\n?z\n!echo\nw = 1", {"x", "y", "w"}),
    "magics in blocks": ("if a:\n    %cd b\n    c = 1", {"c"}),
    "a timed cell": ("%%time\na = 1", {"a"}),
    "a captured cell": ("\n%%capture out\na = 1\nb = 2", {"a", "b"}),
    "another language": ("%%bash\na=1", set()),
    "what cannot be parsed": ("a = 1\ndef b(:\n    c = 1\nclass D\nimport e", {"a", "b", "D", "e"}),
}
FROM = {
    "the line itself": ("a = 1\nb = torch.x\nc = 2", 2, {"b", "c"}),
    "a line in a block": (
        "if x:\n    a = 1\n    import torch\n    b = 2\nc = 3",
        3,
        {"a", "torch", "b", "c"},
    ),
    "a line of a call": ("a = 1\nb = f(\n    1,\n    torch,\n)", 4, {"b"}),
    "the last": ("a = 1\n1 / 0", 2, set()),
    "below a magic": ("%%time\na = 1\nimport torch\nb = 2", 3, {"torch", "b"}),
    "what cannot be parsed": ("a = 1\nb = = 2\nc = 3", 2, {"b", "c"}),
}


@pytest.mark.parametrize("kind", DEFINED)
def test_the_names_that_a_cell_defines_are_those_it_binds_outside_of_functions(kind):
    source, names = DEFINED[kind]
    assert names_defined(source) == names


@pytest.mark.parametrize("kind", FROM)
def test_what_stands_above_the_line_was_defined(kind):
    source, line, names = FROM[kind]
    assert names_defined(source, line) == names


@pytest.mark.parametrize(
    "source", [" " * 99_000 + "x", "a" * 99_000, "a, " * 33_000, "%" * 99_000, "(" * 99_000]
)
def test_no_source_keeps_the_grader_busy(source):
    begun = time.monotonic()
    names_defined(source)
    assert time.monotonic() - begun < 5


def test_of_an_endless_source_nothing_is_read():
    assert names_defined("a = 1\n" * 20_000) == frozenset()


def told(error, message, *lines):
    return {"lines": list(lines), "error": error, "message": message}


def test_a_cell_is_told_by_its_place_its_first_line_what_happened_and_the_name():
    source = "\n# Preparations for all plots that this chapter will need\nimport torch\n_boot = 3"
    found = stop(7, source, told("ModuleNotFoundError", "No module named 'torch'", 2))
    assert found.why_not("_boot") == (
        "Code cell 7 from the top (`# Preparations for all plots that this chapter wil …`) stopped at line 3 "
        "with ModuleNotFoundError: No module named 'torch' before it defined `_boot`."
    )


def test_causes_lead_back_from_cell_to_cell_and_end():
    """Each cell lacks the name that the one before it had to define; the first lacks a name of the last."""
    names = "abcde"
    stops = [
        stop(
            number,
            f"{name} = {names[number - 1]}",
            told("NameError", f"name '{names[number - 1]}' is not defined", 1),
        )
        for number, name in enumerate(names)
    ]
    found = stops_behind(["e"], stops)
    assert list(found) == ["e", "d", "c"] and len(found) == MOST_CAUSES
    assert [each.number for each in found.values()] == [4, 3, 2]
    assert stops_behind(["nowhere"], stops) == {}


@pytest.mark.parametrize(
    ("error", "message", "is_so"),
    [
        ("ModuleNotFoundError", "No module named 'torch'", True),
        ("ImportError", "cannot import name 'display' from 'IPython.core.display'", True),
        ("AttributeError", "module 'numpy' has no attribute 'trapz'", True),
        ("AttributeError", "`np.Inf` was removed in the NumPy 2.0 release. Use `np.inf` instead.", True),
        ("AttributeError", "'int' object has no attribute 'shape'", False),
        ("NameError", "name 'module' is not defined", False),
        ("ValueError", "module 'x'", False),
    ],
)
def test_what_other_versions_would_have_is_known_from_the_error(error, message, is_so):
    assert lacks_a_module(error, message) is is_so
