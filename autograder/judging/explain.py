"""Say a verdict in words: what a student reads in the feedback, as text and as HTML."""

import inspect
from collections.abc import Sequence
from html import escape
from textwrap import indent
from typing import Any

import numpy as np

from autograder.exercises import Case, Exercise, Misconception
from autograder.inside.kernel_side import Formula
from autograder.judging.ladder import Rung
from autograder.judging.verdict import AT_A_GLANCE, Finding, Verdict

WORDS = {
    Rung.RAISED: "error",
    Rung.DID_NOT_RETURN: "no answer",
    Rung.RETURNED_NOTHING: "nothing returned",
    Rung.WRONG_TYPE: "wrong type",
    Rung.WRONG_SHAPE: "wrong shape",
    Rung.NOT_FINITE: "infinite or NaN",
    Rung.WRONG_VALUE: "wrong value",
    Rung.CHANGED_ARGUMENTS: "changed its arguments",
    Rung.NOT_ASKED: "not asked",
}
"""What is said of a single case in the list of all."""
FORMULAS = {
    "quadratic": "0.5 * theta @ matrix @ theta + linear @ theta + constant",
    "sine": "np.sum(amplitude * np.sin(frequency * theta + phase))",
    "affine": "matrix @ theta + offset",
}
"""How the functions that a case passes are written, from their coefficients."""


def passed(verdict: Verdict) -> str:
    """Return how many cases are right."""
    right = sum(finding.rung is Rung.RIGHT for finding in verdict.findings)
    return f"{right} of {len(verdict.findings)} cases right"


def sentences(verdict: Verdict, wrong_helpers: Sequence[str] = (), reasons: Sequence[str] = ()) -> list[str]:
    """Return what to look at: the first finding, the reasons for it, then what else is known of it."""
    worst = verdict.worst
    if worst.rung is Rung.RIGHT:
        return []
    if worst.rung is Rung.NOT_ATTEMPTED:
        return [_sentence(worst.sentence), *reasons]
    found = [_sentence(_where(worst) + worst.sentence), *reasons]
    if wrong_helpers:
        helpers = " and ".join(f"`{name}`" for name in wrong_helpers)
        found.append(f"It calls {helpers}, where points were lost as well: mend that first.")
    elif verdict.misconception:
        found.append(hint(verdict.misconception))
    elif verdict.second:
        found.append(_sentence(f"There is another fault: {_where(verdict.second)}{verdict.second.sentence}"))
    return found


def hint(misconception: Misconception) -> str:
    """Return what a student is told whose values are those of a well-known mistake."""
    return _sentence(f"Hint: {misconception.sentence}")


def _where(finding: Finding) -> str:
    """Return the beginning of a sentence about one case; a function without arguments has no other."""
    return f"in the case “{finding.case.title}”, " if finding.arguments else ""


def exchange(verdict: Verdict) -> list[str]:
    """Return what was asked in the reported case and what came back, one line for each value."""
    worst = verdict.worst
    if worst.rung in (Rung.NOT_ATTEMPTED, Rung.RIGHT):
        return []
    names = inspect.signature(verdict.exercise.reference).parameters
    lines = [
        line for name, value in zip(names, worst.arguments, strict=False) for line in _assigned(name, value)
    ]
    if worst.answer.status == "returned" and worst.answer.value is not None:
        lines.append("returned: " + show(worst.answer.value, len("returned: ")))
    return lines


def _assigned(name: str, value: Any) -> list[str]:
    """Return the lines that give `name` this value; for a function, those of its coefficients before it."""
    if isinstance(value, Formula):
        coefficients = [line for each in value.coefficients.items() for line in _assigned(*each)]
        return [*coefficients, f"{name} = lambda theta: {FORMULAS[value.kind]}"]
    return [f"{name} = {show(value, len(name) + 3)}"]


def as_text(verdict: Verdict, wrong_helpers: Sequence[str] = (), reasons: Sequence[str] = ()) -> str:
    """Return the whole verdict as plain text."""
    points = f"{number(verdict.points)} of {number(verdict.max_points)} points"
    head = f"{verdict.exercise.name}: {points}, {passed(verdict)}"
    asked = [indent(line, "    ") for line in exchange(verdict)]
    cases = [f"  [{'ok' if f.rung is Rung.RIGHT else '--'}] {_case(f)}" for f in verdict.findings]
    return "\n".join([head, *sentences(verdict, wrong_helpers, reasons), *asked, *cases])


def as_html(verdict: Verdict, wrong_helpers: Sequence[str] = (), reasons: Sequence[str] = ()) -> str:
    """Return the whole verdict as HTML; everything that came from the student's process is escaped."""
    said = "".join(f"<p>{escape(line)}</p>" for line in sentences(verdict, wrong_helpers, reasons))
    asked = escape("\n".join(exchange(verdict)))
    cases = "".join(
        f'<li class="{"right" if f.rung is Rung.RIGHT else "wrong"}">'
        f"{escape(_case(f))} <span>{number(f.points)} / {number(f.max_points)}</span></li>"
        for f in verdict.findings
    )
    shown = f"<pre>{asked}</pre>" if asked else ""
    return f'<div class="verdict">{said}{shown}<p>{passed(verdict)}:</p><ul>{cases}</ul></div>'


def expected(exercise: Exercise, case: Case, seed: int) -> str:
    """Return the line that says what the reference returns in one case."""
    return "expected: " + show(exercise.question(case, seed)[1], len("expected: "))


def _case(finding: Finding) -> str:
    """Return a case by its title, and in a word what was wrong."""
    return finding.case.title + (f": {WORDS[finding.rung]}" if finding.rung in WORDS else "")


def _sentence(text: str) -> str:
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else text + "."


def show(value: Any, indent: int = 0) -> str:
    """Return a value as a person reads it: arrays ready to be pasted, large ones by their shape.

    The rows of an array stand below each other where the value begins at column `indent`.
    """
    if isinstance(value, (list, tuple)):
        return _show_all(value, indent)
    array = np.asarray(value)
    if array.ndim == 0:
        return number(array.item()) if array.dtype.kind in "iuf" else repr(array.item())[:80]
    if array.size > AT_A_GLANCE:
        return f"an array of shape {array.shape}"
    if array.dtype.kind == "f":
        array = array + 0.0  # no minus before a zero
    sizes = np.abs(array[np.isfinite(array) & (array != 0)])
    plain = bool(np.all((sizes > 1e-4) & (sizes < 1e6)))  # so that six decimals show it without exponents
    begin = "np.array("
    text = np.array2string(array, 100, 6, separator=", ", prefix=" " * indent + begin, suppress_small=plain)
    return begin + text + ")"


def _show_all(values: list | tuple, indent: int) -> str:
    """Return the values of a list or tuple side by side, or below each other where they are arrays."""
    if len(values) > AT_A_GLANCE:
        return f"{len(values)} values"
    if _holds_many(values):
        return f"{len(values)} values with others inside, too many or too deep to be shown"
    shown = [show(each, indent + 1) for each in values]
    begin, end = "[]" if isinstance(values, list) else "()"
    between = ",\n" + " " * (indent + 1) if any("np.array" in each for each in shown) else ", "
    return begin + between.join(shown) + end


def _holds_many(values: list | tuple) -> bool:
    """Tell whether lists hold, with all inside of them, more than can be taken in at a glance."""
    found, waiting = 0, [values]
    while waiting and found <= AT_A_GLANCE:
        each = waiting.pop()
        found += len(each)
        waiting += [inner for inner in each if isinstance(inner, (list, tuple))]
    return found > AT_A_GLANCE


def number(value: float) -> str:
    """Return a number without digits that say nothing."""
    return f"{value:.6g}"
