"""Say a verdict in words: what a student reads in the feedback, as text and as HTML."""

import inspect
from html import escape
from typing import Any

import numpy as np

from autograder.kernel_side import Formula
from autograder.verdict import Finding, Rung, Verdict

READABLE = 24
"""How many numbers an input may have to be shown; a larger one is described by its shape."""

_ASKED = (
    Rung.RAISED,
    Rung.TOO_SLOW,
    Rung.WRONG_SHAPE,
    Rung.NOT_FINITE,
    Rung.WRONG_VALUE,
    Rung.CHANGED_ARGUMENTS,
)


def summary(verdict: Verdict) -> str:
    """Return the score in one line."""
    passed = sum(finding.rung is Rung.RIGHT for finding in verdict.findings)
    return (
        f"{verdict.exercise.name}: {number(verdict.points)} of {number(verdict.max_points)} points, "
        f"{passed} of {len(verdict.findings)} cases right"
    )


def details(verdict: Verdict, seed: int) -> list[str]:
    """Return what to look at: the lowest finding, the misconception if known, the input and the answer."""
    worst = verdict.worst
    if worst.rung is Rung.RIGHT:
        return []
    if worst.rung is Rung.NOT_ATTEMPTED:
        return [_sentence(worst.sentence)]
    lines = [_sentence(f"In the case “{worst.case.title}” {worst.sentence}")]
    if verdict.misconception:
        lines.append(_sentence(f"What to look at: {verdict.misconception.sentence}"))
    if worst.rung in _ASKED:
        lines.append("It was asked with " + _arguments(verdict, worst, seed) + ".")
    if worst.rung in (Rung.WRONG_SHAPE, Rung.NOT_FINITE, Rung.WRONG_VALUE):
        lines.append(f"It returned {show(worst.answer.value)}.")
    return lines


def as_text(verdict: Verdict, seed: int) -> str:
    """Return the whole verdict as plain text."""
    cases = [f"  [{'ok' if f.rung is Rung.RIGHT else '--'}] {f.case.title}" for f in verdict.findings]
    return "\n".join([summary(verdict), *details(verdict, seed), *cases])


def as_html(verdict: Verdict, seed: int) -> str:
    """Return the whole verdict as HTML; everything that came from the student's process is escaped."""
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in details(verdict, seed))
    cases = "".join(
        f'<li class="{"right" if f.rung is Rung.RIGHT else "wrong"}">'
        f"{escape(f.case.title)} <span>{number(f.points)} / {number(f.max_points)}</span></li>"
        for f in verdict.findings
    )
    return f'<div class="verdict"><p><b>{escape(summary(verdict))}</b></p>{paragraphs}<ul>{cases}</ul></div>'


def _sentence(text: str) -> str:
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else text + "."


def _arguments(verdict: Verdict, finding: Finding, seed: int) -> str:
    names = inspect.signature(verdict.exercise.reference).parameters
    drawn = verdict.exercise.arguments(finding.case, seed)
    shown = [f"{name} = {show(value)}" for name, value in zip(names, drawn, strict=False)]
    return ", ".join(shown) or "no arguments"


def show(value: Any) -> str:
    """Return a value as a person reads it: numbers with four digits, large arrays by their shape."""
    if isinstance(value, Formula):
        return f"a {value.kind} function"
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(show, value)) + ")" if len(value) <= READABLE else f"{len(value)} values"
    array = np.asarray(value)
    if array.ndim == 0:
        return number(array.item()) if array.dtype.kind in "iuf" else repr(array.item())[:80]
    if array.size > READABLE:
        return f"an array of shape {array.shape}"
    return np.array2string(array, precision=4, separator=", ", suppress_small=False).replace("\n", " ")


def number(value: float) -> str:
    """Return a number without digits that say nothing."""
    return f"{value:.6g}"
