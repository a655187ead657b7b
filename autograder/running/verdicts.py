"""What the hidden cases of an exercise came to, kept in the graded notebook for whoever looks at a class.

No student sees it: a page says of a misconception only what `judging/explain.py` does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from nbformat import NotebookNode

from autograder.exercises import EXERCISES
from autograder.judging.explain import WORDS, hint
from autograder.judging.ladder import Rung
from autograder.judging.verdict import Verdict

_CASE = re.compile(r'<li class="(right|wrong)">(.*?) <span>[^<]*</span></li>', re.S)
_HINT = re.compile(r"<p>(Hint: .*?)</p>", re.S)


@dataclass(frozen=True)
class CaseResults:
    """Each case's title and whether it was right; the sentence of the misconception that was found, or ''."""

    cases: tuple[tuple[str, bool], ...]
    misconception: str = ""


def results_of(verdict: Verdict) -> CaseResults:
    """Return what a verdict says of its cases."""
    cases = tuple((each.case.title, each.rung is Rung.RIGHT) for each in verdict.findings)
    return CaseResults(cases, verdict.misconception.sentence if verdict.misconception else "")


def as_metadata(results: CaseResults) -> dict[str, Any]:
    """Return results as an output's metadata can hold them."""
    return {"cases": [list(each) for each in results.cases], "misconception": results.misconception}


def results_in(cell: NotebookNode, exercise: str) -> CaseResults | None:
    """Return the results that a graded cell holds, None where it holds no verdict.

    A notebook that an earlier version has graded holds them only in the words for the student, where all that
    is the student's is escaped.
    """
    for output in cell.get("outputs", []):
        about = output.get("metadata", {}).get("autograder", {})
        if "cases" in about:
            return CaseResults(
                tuple((title, right) for title, right in about["cases"]), about["misconception"]
            )
        if "case" in about:
            return _read(output.get("data", {}), exercise)
    return None


def _read(data: Mapping[str, Any], exercise: str) -> CaseResults:
    html = data.get("text/html", "")
    html = html if isinstance(html, str) else "".join(html)
    found = [(_title(unescape(said)), right == "right") for right, said in _CASE.findall(html)]
    said = _HINT.search(html)
    return CaseResults(tuple(found), _misconception(unescape(said[1]), exercise) if said else "")


def _title(said: str) -> str:
    """Return a case's title without the word for what was wrong."""
    return next(
        (said.removesuffix(f": {each}") for each in WORDS.values() if said.endswith(f": {each}")), said
    )


def _misconception(said: str, exercise: str) -> str:
    known = EXERCISES[exercise].misconceptions if exercise in EXERCISES else ()
    return next((each.sentence for each in known if hint(each) == said), said.removeprefix("Hint: "))
