"""A chapter as nbgrader's source notebook: the reference in solution regions, the hidden checks called.

What breaks a convention is refused here, before anything is released.
"""

import ast

import nbformat
from nbformat import NotebookNode

import solutions
from autograder.chapter.cells import (
    ANSWER_STUB,
    STUB,
    Chapter,
    ChapterError,
    cell_name,
    exercise_name,
    exercise_names,
    is_hunt,
    refuse_broken_code,
    tags,
    tested_name,
    where,
    written_name,
)
from autograder.chapter.reference import ERRORS, definition, solution_lines, task
from autograder.exercises import EXERCISES
from autograder.written import QUESTIONS, Question


def source_notebook(chapter: Chapter) -> NotebookNode:
    """Return nbgrader's source notebook: the reference in solution regions, the hidden checks called.

    Raises `ChapterError` where the chapter breaks a convention.
    """
    notebook = chapter.notebook()
    names = exercise_names(notebook)
    refuse_broken_code(chapter, notebook)
    _check_pairs(chapter, notebook, names)
    _check_kinds(chapter, notebook)
    for cell in notebook.cells:
        if name := exercise_name(cell):
            at = where(chapter, notebook, cell)
            _check_head(at, cell.source, name)
            if not is_hunt(cell):  # nbgrader would empty the cell of a solution
                cell.source = _with_solution(at, cell.source, name, names)
                cell.metadata["nbgrader"] = _nbgrader(name, solution=True)
        elif name := written_name(cell):
            question = _question(where(chapter, notebook, cell), cell, name)
            cell.source = question.marking
            cell.metadata["nbgrader"] = _nbgrader(name, grade=True, solution=True, points=question.points)
        elif cell.cell_type == "markdown" and ANSWER_STUB in cell.source:
            raise ChapterError(
                f"{where(chapter, notebook, cell)}: the cell is no question; it needs a line above it "
                'like +++ {"name": "explain_it", "tags": ["written"]}, and a line +++ below it'
            )
        elif name := tested_name(cell):
            cell.source = _with_hidden_checks(cell.source, name)
            cell.metadata["nbgrader"] = _nbgrader(f"test_{name}", grade=True, points=EXERCISES[name].points)
    del notebook.metadata["source_map"]
    notebook.metadata["kernelspec"]["language"] = "python"
    return notebook


def _check_pairs(chapter: Chapter, notebook: NotebookNode, names: list[str]) -> None:
    tested = [name for cell in notebook.cells if (name := tested_name(cell))]
    if names != tested or len(set(names)) != len(names):
        odd = sorted(set(names) ^ set(tested)) or names
        cell = next(each for each in notebook.cells if (exercise_name(each) or tested_name(each)) in odd)
        raise ChapterError(
            f"{where(chapter, notebook, cell)}: each exercise cell needs one test cell, in the same order; "
            f"look at: {', '.join(odd)}"
        )
    for cell in notebook.cells:
        if (name := exercise_name(cell)) is None:
            continue
        at = where(chapter, notebook, cell)
        if name not in solutions.__all__:
            raise ChapterError(f"{at}: it has no reference that solutions/__init__.py exports")
        if name not in EXERCISES:
            raise ChapterError(f"{at}: it is in no EXERCISES of a module in autograder/exercises")
        for case in EXERCISES[name].cases:
            EXERCISES[name].question(case, seed=0)


def _check_kinds(chapter: Chapter, notebook: NotebookNode) -> None:
    """Whether a code cell is run while grading must be said, and said once."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for position, cell in enumerate(code_cells):
        kinds = tags(cell) & {"exercise", "test", "carry-over", "demonstration"}
        if kinds & {"exercise", "test"} and not cell_name(cell):
            raise ChapterError(f"{where(chapter, notebook, cell)}: it has no line :name:, which says of what")
        if position > 0 and not kinds:
            raise ChapterError(
                f"{where(chapter, notebook, cell)}: no tag says what kind of cell it is; "
                "one that only shows something needs the line :tags: [demonstration]"
            )
        if "demonstration" in kinds and len(kinds) > 1:
            raise ChapterError(
                f"{where(chapter, notebook, cell)}: a demonstration is nothing else; "
                f"leave one of these tags: {', '.join(sorted(kinds))}"
            )


def _check_head(at: str, source: str, name: str) -> None:
    """What a student is told and what the reference does must not drift apart."""
    function = getattr(solutions, name)
    cell, reference = ast.parse(source).body, definition(function)
    same = (
        len(cell) == 1
        and isinstance(cell[0], ast.FunctionDef)
        and (cell[0].name, ast.get_docstring(cell[0])) == (name, task(function))
        and ast.unparse(cell[0].args) == ast.unparse(reference.args)
        and ast.unparse(cell[0].returns or ast.Pass()) == ast.unparse(reference.returns or ast.Pass())
    )
    if not same:
        raise ChapterError(
            f"{at}: it must hold one function, with the signature and the docstring "
            f"of the reference in solutions; copy them from there, without the section {ERRORS!r}"
        )


def _with_solution(at: str, source: str, name: str, names: list[str]) -> str:
    if source.count(STUB) != 1:
        raise ChapterError(f"{at}: the unfinished body must be exactly\n{STUB}")
    body = [f"    {line}".rstrip() for line in solution_lines(getattr(solutions, name), names)]
    region = "\n".join(["    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"])
    return source.replace(STUB, region)


def _question(at: str, cell: NotebookNode, name: str) -> Question:
    if cell.cell_type != "markdown" or cell.source.strip() != ANSWER_STUB:
        raise ChapterError(
            f"{at}: the answer cell must be Markdown between two lines of +++, "
            f"and hold nothing but {ANSWER_STUB!r}"
        )
    if name not in QUESTIONS:
        raise ChapterError(f"{at}: it has no marking guide {name}.md in autograder/written")
    return QUESTIONS[name]


def _with_hidden_checks(source: str, name: str) -> str:
    call = ["from autograder.judging.verdict import check", f"check({name})"]
    return "\n".join([source, "### BEGIN HIDDEN TESTS", *call, "### END HIDDEN TESTS"])


def _nbgrader(
    grade_id: str, *, grade: bool = False, solution: bool = False, points: float = 0
) -> NotebookNode:
    about = {"schema_version": 3, "grade_id": grade_id, "grade": grade, "solution": solution}
    about |= {"locked": grade and not solution, "task": False} | ({"points": points} if grade else {})
    return nbformat.from_dict(about)
