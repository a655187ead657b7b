"""A class folder and nbgrader's settings for it: the same for our verbs and for plain nbgrader."""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path

import nbgrader.server_extensions.formgrader as formgrader
from jinja2 import Environment
from nbgrader import dbutil
from nbgrader.api import Gradebook
from nbgrader.apps.dbapp import DbUpgradeApp
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import DeduplicateIds, Execute, OverwriteCells
from sqlalchemy import make_url
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.chapter.cells import ROOT
from autograder.classroom.commands import command
from autograder.classroom.folders import file_url, left_elsewhere, take_folders_as_they_are_called
from autograder.classroom.gradebook import GradebookError, NeverReleasedError, open_gradebook
from autograder.classroom.keeping import in_a_sentence, write_whole
from autograder.classroom.lateness import LatePolicy
from autograder.classroom.preprocessors import (
    BlindExecute,
    ByRightSettings,
    GradedCellsOnly,
    RestoreCells,
    SafeToMark,
)
from autograder.classroom.settings import read_settings
from autograder.judging.rounds import Round, begin_round, current_round, find_round
from autograder.lms.forms import Collect, Form
from autograder.lms.roster import FILE as ROSTER
from autograder.lms.roster import Roster, read_roster
from autograder.pages import marking
from autograder.running.bounds import Bounds
from autograder.running.submissions import is_made_by_nobody

# nbgrader's gradebook reads a few objects before it adds them; SQLAlchemy 2.1 warns, nothing is lost
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

GRADEBOOK = "gradebook.db"
"""The file in a class folder that is its gradebook where no other is named."""
MOST_BYTES_OF_A_NAME = 255
"""How long the name of a file may be on Linux and macOS."""
TEMPLATES = Path(__file__).parents[1] / "pages" / "templates"
INERT = "default-src 'none'; sandbox"
"""The policy of what is no page: opened by itself, it runs nothing and asks nobody."""

# nbgrader starts `alembic` by name, so it must be found where the environment was not activated
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def configure(config: Config) -> None:
    """Add to nbgrader's `config` what makes it grade and report as this course does."""
    config.CourseDirectory.root = str(ROOT / "course")
    if url := os.environ.get("NBGRADER_DB_URL"):
        config.CourseDirectory.db_url = url
    take_folders_as_they_are_called(GRADEBOOK)
    stock = Autograde.autograde_preprocessors.default_args[0]
    config.Autograde.autograde_preprocessors = [BlindExecute if each is Execute else each for each in stock]
    sanitize = Autograde.sanitize_preprocessors.default_args[0]
    config.Autograde.sanitize_preprocessors = [
        RestoreCells if each is OverwriteCells else each for each in sanitize if each is not DeduplicateIds
    ]
    config.AssignLatePenalties.plugin_class = _named(LatePolicy)
    config.ExportApp.plugin_class = "autograder.classroom.export.PointsExport"
    config.GenerateFeedback.preprocessors = [ByRightSettings, GradedCellsOnly]
    config.GenerateFeedback.force = True  # a page follows its grades; an old one would be wrong
    # ours first: its `feedback` page needs no other host; nbgrader's own hold the formgrader's pages
    theirs = Path(formgrader.__file__).parent / "templates"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(theirs)]
    config.NotebookExporter.preprocessors = [_named(ByRightSettings)]
    config.HTMLExporter.preprocessors = [_named(SafeToMark)]
    config.HTMLExporter.filters = {
        "markdown2html": _named(marking.markdown_filter),
        "highlight_code": _named(marking.code_filter),
    }
    dbutil.write_alembic_ini, DbUpgradeApp._backup_db_file = _write_alembic_ini, _back_up
    # nbgrader's lists of students and submissions write names and ids as they are into HTML and scripts
    formgrader.formgrader.Environment = partial(Environment, autoescape=True)
    # its interface says ids and names as they are, as if they were HTML, and hands out a student's own files
    for shows in (formgrader.base.BaseApiHandler, formgrader.handlers.SubmissionFilesHandler):
        shows.content_security_policy = INERT


_their_alembic_ini, _their_back_up = dbutil.write_alembic_ini, DbUpgradeApp._backup_db_file
dbutil.ALEMBIC_DIR = dbutil.ALEMBIC_DIR.replace("%", "%%")


def _write_alembic_ini(alembic_ini: str = "alembic.ini", db_url: str = "sqlite:///gradebook.db") -> None:
    """Write what `nbgrader db upgrade` reads the address from: there a % begins the name of a value."""
    _their_alembic_ini(alembic_ini, db_url.replace("%", "%%"))


def _back_up(app: DbUpgradeApp, file: str) -> None:
    """Copy a gradebook before its upgrade; in an address a % stands before the number of a character."""
    _their_back_up(app, make_url(f"sqlite:///{file}").database)


def _named(part: Callable) -> str:
    """Return the name by which nbconvert imports a part: settings are also sent as JSON."""
    return f"{part.__module__}.{part.__qualname__}"


@dataclass(frozen=True)
class Course:
    """One class folder: source, release, submitted, autograded, feedback and the gradebook.

    `db` is the address of the gradebook. Where it is '', the environment's `NBGRADER_DB_URL` or the settings
    say it, and else it is a file in the class folder.
    """

    folder: Path
    db: str = ""

    @classmethod
    def apart(cls, folder: Path) -> "Course":
        """Return a class folder whose gradebook lies in it, whatever the settings say."""
        return cls(folder, file_url(folder.resolve() / GRADEBOOK))

    @cached_property
    def config(self) -> Config:
        """nbgrader's configuration, as `nbgrader_config.py` sets it, for this folder."""
        config = read_settings(ROOT / "nbgrader_config.py")
        root = self.folder.resolve()
        config.CourseDirectory.root = str(root)
        if self.db:
            config.CourseDirectory.db_url = self.db
        return config

    def directory(self, **changes: str) -> CourseDirectory:
        """Return nbgrader's view of the folder, with `changes` to its settings."""
        return CourseDirectory(config=self.config, log=quiet_log(), **changes)

    def round(self, assignment: str, number: int | None = None) -> Round:
        """Return a round of `assignment`, the current one unless `number` is given; the first is begun here.

        A seed that is set by hand comes before the current round's. Raises `RoundError` where there is no
        such round or this machine does not have its seed.
        """
        rounds, seeds = self._rounds_and_seeds(assignment)
        if number is not None:
            return find_round(rounds, seeds, number)
        return self._executor().seed_by_hand() or current_round(rounds, seeds)

    def new_round(self, assignment: str, seed: int | None = None) -> Round:
        """Begin a round of `assignment` with a seed that is drawn, or with one that need not be secret."""
        return begin_round(*self._rounds_and_seeds(assignment), seed)

    def has_begun(self, assignment: str) -> bool:
        """Tell whether it is settled which cases `assignment` is graded with."""
        return self._executor().seed_by_hand() is not None or (self.folder / "rounds" / assignment).is_dir()

    def choice(self, assignment: str, student: str, among: str) -> str:
        """Return the notebook that a person has said to grade; '' where nobody has said so of these files.

        `among` is the digest of the notebooks that were handed in.
        """
        try:
            said = json.loads(self._choice(assignment, student).read_text("utf-8"))
        except FileNotFoundError:
            return ""
        return said["notebook"] if said["among"] == among else ""

    def choose(self, assignment: str, student: str, among: str, notebook: str) -> None:
        """Remember which notebook of a student is to be graded."""
        with in_a_sentence(self.folder):
            said = json.dumps({"notebook": notebook, "among": among}) + "\n"
            write_whole(self._choice(assignment, student), said)

    def _choice(self, assignment: str, student: str) -> Path:
        name = f"{student}.json"
        if len(os.fsencode(name)) > MOST_BYTES_OF_A_NAME:
            name = f"{sha256(os.fsencode(student)).hexdigest()}.json"
        return self.folder / "choices" / assignment / name

    def students(self) -> list[str]:
        """Return the names of the folders of those who may have handed in something."""
        folders = self.folder.glob("submitted/*")
        names = [path.name for path in folders if path.is_dir() and not is_made_by_nobody(path.name)]
        return sorted(name for name in names if not name.startswith("."))

    def has_from(self, student: str, assignment: str) -> bool:
        """Tell whether a student has handed in something, or may have, in a folder that nobody lets us read.

        The name may be any that a gradebook holds, so that no folder can be called like it.
        """
        theirs = os.path.join(self.folder, "submitted", student)
        is_closed = os.path.isdir(theirs) and not os.access(theirs, os.R_OK | os.X_OK)
        return is_closed or os.path.exists(os.path.join(theirs, assignment))

    def roster(self) -> Roster:
        """Return who is in the class, as far as `roster.csv` in the class folder says so."""
        path = self.folder / ROSTER
        return read_roster(path) if path.is_file() else Roster()

    def forms(self) -> tuple[Form, ...]:
        """Return how LMSs name what is handed in, with the patterns of the settings."""
        return Collect(config=self.config).forms()

    def limits(self) -> dict[str, int | bool]:
        """Return the settings that decide how a submission is run."""
        return self._executor().limits

    def bounds(self) -> Bounds:
        """Return what the grader's own process may take for one submission."""
        return self._executor().bounds

    def page_bounds(self) -> Bounds:
        """Return what a process may take for one page."""
        return replace(self.bounds(), seconds=GradedCellsOnly(config=self.config).page_seconds)

    def shows_expected(self) -> bool:
        """Tell whether the feedback shows expected values."""
        return GradedCellsOnly(config=self.config).show_expected

    def seed_of(self, digest: str) -> int:
        """Return the seed with this digest; raise `RoundError` where it is not here."""
        return self._executor().seed_of(digest)

    def _rounds_and_seeds(self, assignment: str) -> tuple[Path, Path]:
        return self.folder / "rounds" / assignment, Path(self._executor().seeds_folder)

    def _executor(self) -> BlindExecute:
        """Return the executor with the settings of this folder."""
        return BlindExecute(config=self.config)

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open the gradebook, making it where there is none."""
        path = self.folder.resolve() / GRADEBOOK
        if self.db_url == file_url(path) and (elsewhere := left_elsewhere(path)):
            raise GradebookError(
                f"the gradebook of {self.folder} seems to be the file {elsewhere}, where an earlier version "
                f"has kept it; move it to {path}, or away if it is another"
            )
        with in_a_sentence(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with open_gradebook(self.db_url) as gradebook:
                yield gradebook
        except NeverReleasedError as error:
            raise GradebookError(f"{error}; run: {self.command('release', error.assignment)}") from None

    @property
    def db_url(self) -> str:
        """The address of the gradebook."""
        return self.directory().db_url

    def why_unreleased(self, assignment: str) -> str:
        """Return '' where `assignment` was released in this folder, else a sentence that says what to do."""
        if (self.folder / "release" / assignment).is_dir():
            return ""
        return f"{assignment} is not released in {self.folder}; run: {self.command('release', assignment)}"

    def command(self, *words: str) -> str:
        """Return a command of ours for this folder and gradebook, to be copied into a shell."""
        return command(self.folder, self.db, *words)


def quiet_log() -> logging.Logger:
    """Return the log of nbgrader's parts, which is silent: what a person needs to know, our verbs say."""
    log = logging.getLogger(f"{__name__}.nbgrader")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    return log
