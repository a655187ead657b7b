"""The task that makes a feedback page: graded notebook and points in, HTML out; no disk, no database."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

import nbformat
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from autograder.chapter.cells import answered_name, demonstrations, graded_name, tags, title_of
from autograder.exercises import EXERCISES
from autograder.judging import explain
from autograder.pages import markdown, shown
from autograder.pages.markdown import coloured
from autograder.pages.own import Released, Text
from autograder.pages.safe import MOST_TEXT, Room, note
from autograder.running.outputs import NOTES, UNGRADED
from autograder.running.printing import printable, whole
from autograder.running.restore import ELSEWHERE, LOST_ANSWER

MOST_CODE = 50_000
"""How many characters of a cell's code are shown."""
NAMES = {
    "python": "Python",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "matplotlib": "Matplotlib",
    "ipython": "IPython",
}
"""How the versions that have graded are called."""
NO_COMMENT = "No response."
"""What nbgrader writes as a comment beside an answer that is not there."""

NOT_GRADED = "Your hand-in could not be graded."
"""How the page begins of a student who has no points, and no 0 either."""

FOR_WANT_OF_AN_ANSWER = ("NotImplementedError", "AssertionError")
"""How the chapter's own cells fail on exercises that are not right: the verdicts say that better."""


@dataclass(frozen=True)
class Result:
    """What the gradebook says of one submission.

    `cells` holds by name points, most points, comment, and whether a person has still to mark the cell;
    `handed_in` is the date in UTC, where one was collected.
    """

    cells: Mapping[str, Mapping[str, Any]]
    score: float
    max_score: float
    late_penalty: float
    handed_in: datetime | None = None


@dataclass(frozen=True)
class Unwritten:
    """A page that is to be made; `seed` is there where expected values are shown.

    `beside` holds the pictures that lie beside the notebook, as attachments are held: path → kind → content.
    """

    student: str
    notebook: bytes
    result: Result
    seed: int | None = None
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """What is the same for all pages of an assignment.

    Its name, the exporter's settings as JSON, and the cells that it was released with.
    """

    assignment: str
    settings: str
    released: tuple[Text, ...] = ()


@dataclass
class Section:
    """A box of the page: its heading and its parts are HTML, `anchor` is where the table of points leads."""

    heading: str = ""
    anchor: str = ""
    parts: list[str] = field(default_factory=list)


def make_page(layout: Layout, unwritten: Unwritten) -> str:
    """Return the feedback page of one submission."""
    notebook = nbformat.reads(unwritten.notebook.decode("utf-8"), as_version=4)
    result = unwritten.result
    for cell in notebook.cells:
        if is_grade(cell) or is_solution(cell):
            cell.metadata.nbgrader.update(result.cells.get(cell.metadata.nbgrader.grade_id, {}))
    about = {"notebook": layout.assignment, "assignment": layout.assignment, "student": unwritten.student}
    about |= {"score": result.score, "max_score": result.max_score, "late_penalty": result.late_penalty}
    about |= {"handed_in": result.handed_in}
    resources = {"nbgrader": about, "unique_key": layout.assignment}
    lay_out(notebook, resources, unwritten.seed, layout.released, unwritten.beside)
    return _as_page(layout, notebook, resources)


def make_ungraded_page(layout: Layout, student: str, reason: str, advice: str) -> str:
    """Return the page of a student whose hand-in could not be graded: why, and what comes next."""
    about = {"student": student, "title": title_of(layout.assignment), "reason": reason, "advice": advice}
    about["not_graded"] = NOT_GRADED
    notebook, resources = nbformat.v4.new_notebook(), {"nbgrader": about, "unique_key": layout.assignment}
    return _as_page(layout, notebook, resources)


def _as_page(layout: Layout, notebook: NotebookNode, resources: dict) -> str:
    about = resources["nbgrader"]
    about["student"] = printable(about["student"])  # the name of a folder may hold what no page can
    return whole(_exporter(layout.settings).from_notebook_node(notebook, resources)[0])


@lru_cache(maxsize=4)
def _exporter(settings: str) -> HTMLExporter:
    return HTMLExporter(config=Config(json.loads(settings)))


def lay_out(
    nb: NotebookNode,
    resources: dict,
    seed: int | None,
    released: tuple[Text, ...],
    beside: Mapping[str, Mapping[str, str]],
) -> None:
    """Put into `resources` what the template shows; the notebook's cells are left to nobody else."""
    _attach(nb, beside)
    if seed is not None:
        _show_expected(nb, seed)
    about, graded = resources["nbgrader"], nb.metadata.get("autograder", {})
    about["number"] = explain.number
    about["title"] = title_of(about["notebook"])
    about["round"] = graded.get("round")
    about["handed_in"] = _date(about.get("handed_in"))
    about["versions"] = _versions(graded.get("versions"))
    _put_verdicts_behind_their_answers(nb)
    reasons = [cell for cell in nb.cells if graded.get("reason") and cell.get("id") == UNGRADED]
    cells = reasons or _without_repeated(nb.cells)
    about["points"] = [cell.metadata.nbgrader for cell in cells if is_grade(cell)]
    about["sections"] = list(_sections(cells, Released(about["notebook"], released), about["notebook"]))
    nb.cells = []


def _without_repeated(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Return the cells without those whose words stand in an answer already, as found in other cells."""
    found = [cell.source for cell in cells if is_grade(cell) and _holds_others_words(cell)]
    if not found:
        return cells
    return [
        cell
        for cell in cells
        if not (_is_words(cell) and any(f"\n\n{cell.source}" in text for text in found))
    ]


def _holds_others_words(cell: NotebookNode) -> bool:
    name = cell.metadata.nbgrader.get("grade_id", "")
    return cell.source.startswith((f"{ELSEWHERE}\n", f"{LOST_ANSWER.format(name=name)}\n"))


def _is_words(cell: NotebookNode) -> bool:
    """Tell whether a cell is text of a student's own."""
    is_own = "nbgrader" not in cell.metadata and cell.get("id") not in NOTES
    return cell.cell_type == "markdown" and is_own and bool(cell.source.strip())


def _attach(nb: NotebookNode, beside: Mapping[str, Mapping[str, str]]) -> None:
    """Let every text show the pictures beside the notebook; those in its cell come first."""
    for cell in nb.cells if beside else []:
        if cell.cell_type == "markdown":
            own = cell.get("attachments")
            cell["attachments"] = {**beside, **(own if isinstance(own, Mapping) else {})}


def _date(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""


def _versions(found: object) -> str:
    if not isinstance(found, Mapping):
        return ""
    names = [*(name for name in NAMES if name in found), *sorted({*found} - {*NAMES})]
    return ", ".join(f"{NAMES.get(name, name)} {found[name]}" for name in names)


def _sections(cells: list[NotebookNode], released: Released, chapter: str) -> Iterator[Section]:
    room = Room()
    for cell in cells:
        try:
            heading = _heading(cell, released, chapter)
        except Exception:  # whatever a cell holds, the rest of the page is written
            heading = "A cell"
        if heading is None:
            continue
        about = cell.metadata.get("nbgrader", {})
        section = Section(heading, about.get("grade_id", ""))
        for part in (_source, _comment, _outputs):
            try:
                section.parts += part(cell, heading, room)
            except Exception:
                section.parts.append(note("a part of this cell could not be shown"))
        yield section


def _heading(cell: NotebookNode, released: Released, chapter: str) -> str | None:
    """Return the heading of a cell's section, '' for one without; None where the cell is not shown."""
    about = cell.metadata.get("nbgrader", {})
    if is_grade(cell):
        return _graded_heading(cell, about)
    if cell.get("id") in NOTES:
        return ""
    if not cell.source.strip():
        return None
    copies = cell.metadata.get("autograder", {})
    if name := copies.get("copy_of"):
        return f"An earlier answer of yours to <code>{escape(name)}</code>, which does not count"
    if name := copies.get("again"):
        how = "this one counts" if copies.get("counts") else "it earned no more, so an earlier one counts"
        return f"<code>{escape(name)}</code>, defined once more by you: {how}"
    if name := answered_name(cell):
        if copies.get("outdone"):
            return f"Your <code>{escape(name)}</code>; you have defined it once more, and that one counts"
        others = f". Of several answers to <code>{escape(name)}</code> the last counts: this one"
        return f"Your <code>{escape(name)}</code>{others if copies.get('copies') else ''}"
    if about:
        return ""
    if released.holds(cell):
        return "A cell of the chapter that stopped with an error" if _explains(cell, chapter) else None
    what = {"code": "cell", "markdown": "text"}.get(cell.cell_type, "raw cell")
    return f"A {what} of the chapter, edited" if released.resembles(cell) else f"A {what} you added"


def _explains(cell: NotebookNode, chapter: str) -> bool:
    """Tell whether a cell that is as it was released has failed, and not for want of an answer alone."""
    if (
        cell.cell_type != "code"
        or "demonstration" in tags(cell)
        or cell.source.strip() in demonstrations(chapter)
    ):
        return False
    return any(each.get("ename") not in (None, *FOR_WANT_OF_AN_ANSWER) for each in cell.outputs)


def _graded_heading(cell: NotebookNode, about: NotebookNode) -> str:
    score, most = (explain.number(float(about.get(which) or 0)) for which in ("score", "points"))
    name = f"<code>{escape(about.grade_id.removeprefix('test_'))}</code>"
    if about.get("waiting"):
        if about.get("score"):  # the answer was changed after it was marked
            return f"{name}: to be marked again by a person, {score} of {most} points until then"
        return f"{name}: to be marked by a person, {most} points possible"
    verdict = "Verdict on " if cell.cell_type == "code" else ""
    return f"{verdict}{name}: {score} of {most} points"


def _source(cell: NotebookNode, _: str, room: Room) -> list[str]:
    """Return what stands in a cell; nothing where it is the chapter's test."""
    if is_grade(cell):
        room.text = max(room.text, MOST_TEXT)  # an answer is shown whatever stands before it
    if cell.cell_type == "markdown":
        return [markdown.as_html(cell.source, room, cell.get("attachments"))]
    if cell.cell_type != "code":
        return [shown.plain(cell.source, room)]
    if graded_name(cell):
        return []
    return [code(cell.source, room)]


def code(source: str, room: Room) -> str:
    """Return code, in colours as long as that does not take a minute."""
    source, left_out = room.take_lines(source, MOST_CODE)
    made = coloured(source) if room.take_colour(source) else markdown.as_written(source)
    return made + (note(left_out) if left_out else "")


def _comment(cell: NotebookNode, _: str, __: Room) -> list[str]:
    """Return what a person has said; it has room whatever else stands on the page."""
    comment = cell.metadata.get("nbgrader", {}).get("comment")
    if not comment or comment == NO_COMMENT:
        return []
    return [f'<div class="comment"><p><b>Comment:</b></p>\n{markdown.as_html(comment, Room())}</div>']


def _outputs(cell: NotebookNode, heading: str, room: Room) -> list[str]:
    """Return what a cell has shown; where it is graded, the verdict, which is the grader's own HTML."""
    if cell.cell_type != "code":
        return []
    if graded_name(cell):
        return [cell.outputs[0].data["text/html"]] if cell.outputs else []
    return shown.outputs(cell, heading.replace("<code>", "").replace("</code>", ""), room)


def _put_verdicts_behind_their_answers(nb: NotebookNode) -> None:
    """Move each answer to where it is judged: a bug hunt shows all faulty functions before the first test."""
    answers = {name: cell for cell in nb.cells if (name := answered_name(cell))}
    judged = {name for cell in nb.cells if (name := graded_name(cell)) in answers}
    moved = {id(answers[name]) for name in judged}
    nb.cells = [
        each
        for cell in nb.cells
        if id(cell) not in moved
        for each in ([answers[graded_name(cell)], cell] if graded_name(cell) in judged else [cell])
    ]


def _show_expected(nb: NotebookNode, seed: int) -> None:
    """Add to each verdict what the reference returns in the case that the verdict is about."""
    for cell in nb.cells:
        name = graded_name(cell)
        said = cell.outputs[0] if name and cell.outputs else {}
        title = said.get("metadata", {}).get("autograder", {}).get("case")
        case = next((each for each in EXERCISES[name].cases if each.title == title), None) if title else None
        if case:  # behind what was returned; where nothing is shown of the case, there is no such place
            line = escape(explain.expected(EXERCISES[name], case, seed))
            said["data"]["text/html"] = said["data"]["text/html"].replace("</pre>", f"\n{line}</pre>", 1)
