"""Right answers as forty students write them who have not seen each other's: one module for each function.

Each module holds `ANSWERS`, forty cells. Many are alike, because a short formula has a natural form; some
differ in their names only, and a few not at all. That is what independent answers look like, and whoever
searches for answers that are alike beyond chance has to let them pass. So nothing here was made different
for the sake of difference. Who writes forty answers in a row avoids what he has just written, and a class
does not; therefore the usual forms, some sixteen in each module but `softmax`, were drawn: each choice of
name, loop and order by chance and without a look at the other answers.

Some answers to `gae` call the student's own `td_errors`, and most to `policy_gradient_estimate` the
student's own `softmax` or `grad_log_softmax`, as the chapters allow.
"""

from collections.abc import Callable
from functools import cache

from nbformat import NotebookNode

from autograder.chapter.cells import BOOK, STUB, Chapter, exercise_name


@cache
def _notebook(chapter: str) -> NotebookNode:
    return Chapter(BOOK / f"{chapter}.md").notebook()


def under_the_stub(name: str, chapter: str) -> Callable[[str], str]:
    """Return what makes a cell of a body: the chapter's cell, where the body replaces the unfinished one."""
    (stub,) = (cell.source for cell in _notebook(chapter).cells if exercise_name(cell) == name)
    head, rest = stub.split(STUB)
    return lambda body: head + body.strip("\n") + rest
