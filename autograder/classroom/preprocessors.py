"""Our parts of nbgrader: restoring cells, judging outside the student's process, filtering the pages."""

import base64
from pathlib import Path, PurePosixPath
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from traitlets import Bool, Integer, Unicode, default
from traitlets.config import Config

from autograder.classroom import releases
from autograder.classroom.commands import command
from autograder.classroom.gradebook import total, waits_for_a_person, what_was_released
from autograder.classroom.settings import SettingsError, refuse_wrong_settings
from autograder.judging.rounds import SEED_BITS, Round, current_round, default_seeds_folder, find_seed
from autograder.pages.marking import make_safe
from autograder.pages.page import lay_out
from autograder.pages.pictures import MOST_BYTES
from autograder.running.bounds import Bounds
from autograder.running.execution import Execution
from autograder.running.reading import MOST_CHARACTERS, leave_out
from autograder.running.restore import restore
from autograder.running.sandbox import versions
from autograder.running.submissions import read_beside, replaced

FEEDBACK = "feedback"
"""The template of the feedback, which `GradedCellsOnly` fills with what is safe already."""
FORMGRADE = "formgrade"
"""The template of the page in nbgrader's formgrader on which a person marks a submission."""
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}


class ByRightSettings(NbGraderPreprocessor):
    """Changes nothing; where a setting is wrong, a command of nbgrader's ends at once with one sentence."""

    def __init__(self, **options: Any) -> None:
        """Look at the settings of the command, which is the parent of the exporter that is the parent."""
        command = getattr(options.get("parent"), "parent", None)
        if command is not None:
            try:
                refuse_wrong_settings(command.config)
            except SettingsError as error:
                command.log.error(str(error))
                raise NbGraderException(str(error)) from None
        super().__init__(**options)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return both as they are."""
        return nb, resources


class BlindExecute(NbGraderPreprocessor):
    """Run a submission in a sandbox of its own; put the hidden questions to it and judge the answers here."""

    cpu_seconds = Integer(300, min=1, help="Seconds of processor time that one process may use.").tag(
        config=True
    )
    grader_megabytes = Integer(
        1024,
        min=128,
        help="Megabytes of memory that the grader's own process may take for one submission: to read it, to "
        "judge it, or to make its page. One that takes more is NOT GRADED, or gets no page.",
    ).tag(config=True)
    grader_seconds = Integer(
        200,
        min=5,
        help="Seconds of processor time that the grader's own process may take to read and judge one "
        "submission, which itself runs elsewhere. One that takes more is NOT GRADED.",
    ).tag(config=True)
    interrupt_grace = Integer(
        3, min=1, help="Seconds that a process has to react to an interrupt before it is ended."
    ).tag(config=True)
    lost_calls = Integer(
        3,
        min=1,
        help="How many calls of one graded function may not return before its other cases are not asked.",
    ).tag(config=True)
    lost_calls_of_notebook = Integer(
        12,
        min=1,
        help="How many calls of one notebook may not return, all its functions together, before a function "
        "whose call does not return is not asked again.",
    ).tag(config=True)
    max_restarts = Integer(
        5, min=0, help="How often a process of one notebook that a cell has ended is started again."
    ).tag(config=True)
    memory_megabytes = Integer(
        1024, min=64, help="Megabytes of memory that all processes of one notebook may use together."
    ).tag(config=True)
    most_cells = Integer(5000, min=1, help="How many cells a notebook may have to be graded.").tag(
        config=True
    )
    most_characters = Integer(
        MOST_CHARACTERS,
        min=10_000,
        help="How many characters the code of a notebook may have, and how many its text. Of the longest "
        "cells beyond that only the first lines are kept, and they are not run.",
    ).tag(config=True)
    notebook_timeout = Integer(
        300, min=1, help="Seconds that one notebook may take; no cell is run after that."
    ).tag(config=True)
    open_files = Integer(256, min=32, help="How many files one process may have open.").tag(config=True)
    output_megabytes = Integer(
        10, min=1, help="Megabytes of output that one notebook may show; the rest is left out."
    ).tag(config=True)
    processes = Integer(
        64, min=4, help="How many processes and threads one notebook may have at a time."
    ).tag(config=True)
    question_timeout = Integer(10, min=1, help="Seconds that one call of a graded function may take.").tag(
        config=True
    )
    scratch_megabytes = Integer(
        64, min=1, help="Megabytes that one notebook may write to its scratch folder, which is in memory."
    ).tag(config=True)
    seed = Integer(
        None,
        min=0,
        max=2**SEED_BITS - 1,
        allow_none=True,
        help="Draw the hidden inputs from this number and not from the secret seed of the round.",
    ).tag(config=True)
    seeds_folder = Unicode(
        help="The folder, outside every class folder, in which the secret seeds are kept."
    ).tag(config=True)
    submission_megabytes = Integer(
        50, min=1, help="Megabytes that a submission may have, all files together."
    ).tag(config=True)
    timeout = Integer(30, min=1, help="Seconds that one cell of a submission may take.").tag(config=True)
    unsafe_no_isolation = Bool(
        False,
        help="Run submissions without isolation, as a program of the person who grades: only for work that "
        "you trust, where the system cannot isolate. The results say so.",
    ).tag(config=True)

    @default("seeds_folder")
    def _seeds_folder_default(self) -> str:
        return str(default_seeds_folder())

    @property
    def limits(self) -> dict[str, int | bool]:
        """The settings that decide how a submission is run."""
        elsewhere = {"seed", "seeds_folder", "enabled", "grader_megabytes", "grader_seconds"}
        return {
            name: getattr(self, name)
            for name in sorted(self.trait_names(config=True))
            if name not in elsewhere
        }

    @property
    def bounds(self) -> Bounds:
        """What the grader's own process may take for one submission."""
        return Bounds(self.grader_megabytes, self.grader_seconds)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Run and judge one notebook."""
        about = resources.get("nbgrader", {})
        seed = self._seed_of_the_round(nb, about.get("assignment", ""))
        folder = Path(resources.get("metadata", {}).get("path") or ".")
        files = read_beside(folder, self.submission_megabytes)
        edited = replaced(self._handed_in(about), files)
        Execution(nb, about.get("notebook", ""), files, seed, self.limits, edited).run()
        return nb, resources

    def _handed_in(self, about: dict) -> dict[str, bytes]:
        """Return the files that were handed in; nbgrader has put the chapter's own in the place of some."""
        course = self.parent and self._course
        if not course:
            return {}
        where = course.submitted_directory, about["student"], about["assignment"]
        return read_beside(Path(course.format_path(*where)), self.submission_megabytes)

    @property
    def _course(self) -> CourseDirectory:
        return self.parent.parent.coursedir  # the parent's parent is the converter, whose exporter runs this

    def _seed_of_the_round(self, nb: NotebookNode, assignment: str) -> int:
        """Return the seed to draw from, and record in the notebook which it is."""
        used = self.seed_by_hand()
        if used is None:
            course = Path(self._course.root)
            used = current_round(course / "rounds" / assignment, Path(self.seeds_folder))
        number = {"round": used.number} if used.number else {}
        about = {
            "seed": used.digest,
            "isolated": not self.unsafe_no_isolation,
            "versions": versions(),
        }
        nb.metadata["autograder"] = number | about
        return used.seed

    def seed_by_hand(self) -> Round | None:
        """Return the seed that the settings give, which comes before that of any round."""
        return None if self.seed is None else Round(0, self.seed)

    def seed_of(self, digest: str) -> int:
        """Return the seed with this digest; raise `RoundError` where it is not here."""
        by_hand = self.seed_by_hand()
        is_by_hand = by_hand is not None and by_hand.digest == digest
        return by_hand.seed if is_by_hand else find_seed(digest, Path(self.seeds_folder))


class RestoreCells(NbGraderPreprocessor):
    """Keep one cell of each graded name, with the metadata and the locked text it was released with."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Restore the cells of one submission."""
        about = resources["nbgrader"]
        course = Path(self.parent.parent.coursedir.root)  # of the converter, whose exporter runs this
        with Gradebook(about["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(about["notebook"], about["assignment"])
            released = what_was_released(notebook, course / "release" / about["assignment"])
        again = command(course, "", "release", about["assignment"])
        if reason := releases.changes(released).why_not_graded(about["assignment"], again, handed_in=True):
            raise NbGraderException(reason)
        leave_out(nb.cells, BlindExecute(config=self.config).most_characters)
        restore(nb, released)
        return nb, resources


class GradedCellsOnly(GetGrades):
    """Fetch the grades and keep on a page what is about the student: graded work, added cells, comments."""

    show_expected = Bool(
        False,
        help="Show in the feedback what should have been returned in the case that it reports. For the time "
        "after the deadline: write the feedback again, nothing has to be graded again.",
    ).tag(config=True)
    page_seconds = Integer(
        60, min=5, help="Seconds of processor time that one page may take to be made; else there is none."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Drop the chapter's own prose and demonstrations, which the student has on the site."""
        nb, resources = super().preprocess(nb, resources)
        seed = None
        if self.show_expected:
            executor = BlindExecute(config=Config(BlindExecute=self.config.BlindExecute))
            seed = executor.seed_of(nb.metadata.get("autograder", {}).get("seed", ""))
        about = resources["nbgrader"]
        about["score"] = total(about["score"] + about["late_penalty"], about["late_penalty"])
        with Gradebook(about["db_url"]) as gradebook:
            about["handed_in"] = gradebook.find_submission(about["assignment"], about["student"]).timestamp
        course = Path(self.parent.parent.coursedir.root)  # of the converter, whose exporter runs this
        beside = pictures_beside(resources.get("metadata", {}).get("path"))
        lay_out(nb, resources, seed, releases.texts(course, about["assignment"]), beside)
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: dict) -> None:
        """Tell the page also whether a person has still to mark the cell."""
        super()._get_score(cell, resources)
        about = resources["nbgrader"]
        where = about["notebook"], about["assignment"], about["student"]
        grade = self.gradebook.find_grade(cell.metadata.nbgrader["grade_id"], *where)
        cell.metadata.nbgrader["waiting"] = waits_for_a_person(grade)


class SafeToMark(Preprocessor):
    """Show nothing that runs, whoever wrote it, on every page that nbgrader makes of a notebook."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Make the page's copy of a notebook safe; the file stays as it is."""
        template = getattr(self.parent, "template_name", "")
        if template != FEEDBACK:
            is_marked = template == FORMGRADE and "submission_id" in resources
            beside = pictures_beside(resources.get("metadata", {}).get("path"))
            make_safe(nb, resources, beside, schemes=is_marked)
        return nb, resources


def pictures_beside(folder: str | Path | None) -> dict[str, dict[str, str]]:
    """Return the pictures that lie in a notebook's folder, plain files alone, as attachments are held."""
    if not folder:
        return {}
    files = read_beside(Path(folder), BlindExecute().submission_megabytes)
    return {
        path: {"": base64.b64encode(content).decode()}
        for path, content in files.items()
        if PurePosixPath(path).suffix.lower() in PICTURES and len(content) <= MOST_BYTES
    }
