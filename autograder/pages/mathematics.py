"""LaTeX → MathML, made when the page is written, so that no script is needed to read it."""

import re

from math_core import LatexError, LatexToMathML

from autograder.pages.safe import LeftOutError

MOST_LATEX, MOST_DEPTH, MOST_MATHML = 4_000, 100, 200_000
"""How long a formula may be, how deep its braces may lie in others, and how long its MathML may be.

The library recurses on the machine's own stack, which ends the process some thousand levels deep.
"""
MOST_EXPANSIONS = 100
"""How many macros of a student's may be put in; each may be as long as the formula."""
MACROS = {"mathds": r"\mathbb{#1}", "mathbbm": r"\mathbb{#1}", "mbox": r"\text{#1}", "hbox": r"\text{#1}"} | {
    "substack": r"\begin{array}{c}#1\end{array}",
    "ensuremath": "#1",
}
"""What MathJax knows and the library does not."""
REWRITTEN = (
    (re.compile(r"\\require\{\w+\}"), ""),
    (re.compile(r"\\mathop\{\\arg\\(max|min)\}(\\limits)?"), r"\\arg\1"),
    (re.compile(r"\\(begin|end)\{split\}"), r"\\\1{aligned}"),
    (re.compile(r"\\begin\{eqnarray\*?\}"), r"\\begin{array}{rcl}"),
    (re.compile(r"\\end\{eqnarray\*?\}"), r"\\end{array}"),
)
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_DOLLAR = re.compile(r"(?<!\\)\$")
_BARE = re.compile(r"(?<!\\)([_&%])")
_WITH_PARAMETERS = re.compile(r"(?<!\\)#")
_BRACES = re.compile(r"(?<!\\)[{}]")


def mathml(latex: str, *, display: bool) -> str:
    """Return the MathML of a formula; raise `LeftOutError` where it cannot be read, or is too large."""
    if len(latex) > MOST_LATEX or _depth(latex) > MOST_DEPTH:
        raise LeftOutError("the formula is too large")
    if _WITH_PARAMETERS.search(latex):  # a macro that doubles its argument has no end
        raise LeftOutError("the formula defines a macro with parameters")
    latex = _TEXT.sub(_words, latex)
    for pattern, instead in REWRITTEN:
        latex = pattern.sub(instead, latex)
    try:
        made = _converter().convert_with_local_state(
            _in_lines(latex) if display else latex, displaystyle=display
        )
    except (LatexError, ValueError) as error:  # the second: half a character
        raise LeftOutError("the formula is no LaTeX") from error
    if len(made) > MOST_MATHML:
        raise LeftOutError("the formula is too large")
    return made


def _converter() -> LatexToMathML:
    return LatexToMathML(
        macros=MACROS,
        ignore_unknown_commands=True,  # as MathJax, which shows the command's name
        allow_unreliable_rendering=True,
        fancy_error=False,
        max_expansions=MOST_EXPANSIONS,
    )


def _words(found: re.Match) -> str:
    """Return the words in a formula as the library reads them: no bare sign of TeX's, no formula in them."""
    parts = _DOLLAR.split(found[1])
    if len(parts) % 2 == 0:
        return found[0]
    parts[::2] = [r"\text{" + _BARE.sub(r"\\\1", each) + "}" for each in parts[::2]]
    return "{" + "".join(parts) + "}"


def _depth(latex: str) -> int:
    depth = deepest = 0
    for brace in _BRACES.findall(latex):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
    return deepest


def _in_lines(latex: str) -> str:
    """Return a formula on a line of its own with the environment that its line breaks or its number need."""
    if r"\begin{" in latex:
        return latex
    if r"\tag" in latex or r"\label" in latex:
        return rf"\begin{{equation}}{latex}\end{{equation}}"
    if r"\\" in latex:
        return (
            rf"\begin{{aligned}}{latex}\end{{aligned}}"
            if "&" in latex
            else rf"\begin{{gathered}}{latex}\end{{gathered}}"
        )
    return latex
