"""Our parts of nbgrader: the executor that judges outside the student's kernel, and the page filter."""

import ast
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from html import escape
from pathlib import Path
from queue import Empty
from typing import Any

import matplotlib
import nbformat
import zmq.asyncio
from jupyter_client import AsyncKernelClient, KernelManager
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.api import Grade
from nbgrader.preprocessors import Execute, GetGrades
from traitlets import Bool, Integer, Unicode, default
from traitlets.config import Config

from autograder import explain, kernel_side
from autograder.cells import answered_name, graded_name, library_imports, title_of
from autograder.exercises import EXERCISES
from autograder.rounds import SEED_BITS, Round, current_round, default_seeds_folder, find_seed
from autograder.verdict import Answer, Finding, Verdict, judge, pack_question, unpack_answer

ASKER = Path(kernel_side.__file__).read_text("utf-8")
ASK = """\
(lambda python, space: (python.exec({asker!r}, space), space['answer']({question!r}, python.globals()))[1])(
    __import__('builtins'), {{'__name__': 'asker'}}
)"""
"""The expression whose value is the answer; no name that a notebook is likely to bind can get in its way."""
DISABLED = """\
def {name}(*arguments, **options):
    raise RuntimeError("{name} is not called again: it did not return when it was graded")
"""
USED_UP = "the notebook had used up its time, or had ended its kernel too often"
NOT_THERE_YET = {"NameError", "NotImplementedError", "UnboundLocalError"}
"""Errors of a function that may only need a cell further down in the notebook."""
LIBRARIES = {"numpy", "scipy", "matplotlib"}
"""What a file beside a notebook must not hide; Python's own modules come before such files anyway."""
LEFT_OUT_ID = "left-out"
LEFT_OUT = """\
**Not used: {files}.** A file of that name beside a notebook hides the library that is called so. Your
notebook was graded with the library itself; please give the file another name.
"""
UNGRADED = "ungraded"
"""The id of the cell that says why a submission could not be graded; then it is all that its page shows."""


class CappedClient(AsyncKernelClient):
    """A kernel's client that takes no message longer than an answer may be: the connection is cut instead."""

    def _context_default(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.setsockopt(zmq.MAXMSGSIZE, kernel_side.MAX_TEXT + 1_000_000)
        return context


class BlindExecute(Execute):
    """Run a submission in a kernel of its own; put the hidden questions to it and judge the answers here.

    The cell that grades an exercise is not run. Its place in the notebook is where the questions are asked,
    and its outputs are replaced by the verdict, with the points in nbgrader's own partial-credit form.
    """

    kernel_name = Unicode(
        "python3", help="The kernel that runs submissions, whatever a notebook asks for."
    ).tag(config=True)
    question_timeout = Integer(10, help="Seconds that one call of a graded function may take.").tag(
        config=True
    )
    interrupt_grace = Integer(
        3, help="Seconds that a kernel has to react to an interrupt before it is killed."
    ).tag(config=True)
    max_restarts = Integer(5, help="How often a dead or deaf kernel of one notebook is started again.").tag(
        config=True
    )
    notebook_timeout = Integer(
        300, help="Seconds that one notebook may take; no cell is run after that."
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
    timeout = Integer(30, help="Seconds that one cell of a submission may take.").tag(config=True)

    @default("seeds_folder")
    def _seeds_folder_default(self) -> str:
        return str(default_seeds_folder())

    def preprocess(self, nb: NotebookNode, resources: dict, km: Any = None) -> tuple[NotebookNode, dict]:
        """Run and judge one notebook."""
        with tempfile.TemporaryDirectory(prefix="submission-") as scratch:
            self._scratch = Path(scratch)
            self._restarts = 0
            self._points: dict[str, float] = {}
            self._doubtful: list[tuple[str, NotebookNode, Finding]] = []
            self._deadline = time.monotonic() + self.notebook_timeout
            about = resources.get("nbgrader", {})
            self._seed = self._seed_of_the_round(nb, about.get("assignment", ""))
            imports = library_imports(about.get("notebook", ""))
            self._executed = [f"__import__('os').chdir('..')\n{imports}"]
            left_out = _copy_helper_files(
                Path(resources.get("metadata", {}).get("path") or "."), self._scratch
            )
            if left_out:
                files = ", ".join(f"`{name}`" for name in left_out)
                note = nbformat.v4.new_markdown_cell(LEFT_OUT.format(files=files))
                note["id"] = LEFT_OUT_ID
                nb.cells.insert(0, note)
            return super().preprocess(nb, resources, km)

    def _seed_of_the_round(self, nb: NotebookNode, assignment: str) -> int:
        """Return the seed to draw from, and record in the notebook which it is."""
        used = self.seed_by_hand()
        if used is None:
            course = Path(self.parent.parent.coursedir.root)  # of the converter, whose exporter runs this
            used = current_round(course / "rounds" / assignment, Path(self.seeds_folder))
        number = {"round": used.number} if used.number else {}
        nb.metadata["autograder"] = number | {"seed": used.digest}
        return used.seed

    def seed_by_hand(self) -> Round | None:
        """Return the seed that the settings give, which comes before that of any round."""
        return None if self.seed is None else Round(0, self.seed)

    def setup_kernel(self, **kwargs: Any) -> AbstractContextManager:
        """Start the kernel in a scratch folder, with an environment that names nothing of ours.

        It starts in a folder that holds no file of the student's, so that none is taken for a part of the
        kernel, and goes to the others before the first cell.
        """
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = student_environment(self._scratch)
        return super().setup_kernel(cwd=environment["HOME"], env=environment, **quiet, **kwargs)

    def create_kernel_manager(self) -> KernelManager:
        """Let grader and kernel talk through files in the scratch folder, not through ports."""
        manager = super().create_kernel_manager()
        manager.transport, manager.ip = "ipc", str(self._scratch / ".kernel")
        manager.client_factory = CappedClient
        return manager

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Judge a cell that grades an exercise; run any other code cell."""
        if index == 0:
            self._run_silently(self._executed[0], self.timeout)
        name = graded_name(cell)
        if name is not None:
            doubts = [each for each in self._judge(name, cell).findings if _lacks_a_name(each.answer)]
            if doubts:
                self._doubtful.append((name, cell, doubts[0]))
        elif cell.cell_type == "code" and cell.source.strip():
            self._run(cell, resources, index)
        if index == len(self.nb.cells) - 1:
            self._ask_again()
        return cell, resources

    def _ask_again(self) -> None:
        """Judge again, when all cells have run, what may have failed for want of a cell further down."""
        for name, cell, finding in self._doubtful:
            if not _lacks_a_name(self._ask(name, finding.arguments)):
                self._judge(name, cell)

    def _judge(self, name: str, cell: NotebookNode) -> Verdict:
        """Reach the verdict on one exercise and write it into its cell, unless an earlier one was better."""
        verdict = judge(EXERCISES[name], self._seed, self._ask)
        if verdict.points / verdict.max_points >= self._points.get(name, 0):
            self._points[name] = verdict.points / verdict.max_points
            write_verdict(cell, verdict, self._wrong_helpers(name))
        return verdict

    def _run_silently(self, source: str, seconds: float) -> bool:
        """Run code that is not a cell of the student's; return whether the kernel has answered in time."""
        message = self.kc.execute(source, silent=True, store_history=False)
        return self._reply(message, seconds) is not None

    def _wrong_helpers(self, name: str) -> list[str]:
        """Return the graded functions that the answer calls and that were not found right."""
        answers = (cell.source for cell in self.nb.cells if answered_name(cell) == name)
        return [
            each
            for each in called_names("\n".join(answers))
            if self._points.get(each, 1) < 1 and each != name
        ]

    def _run(self, cell: NotebookNode, resources: dict, index: int) -> None:
        if self._is_over():
            cell.outputs = [_error_output("NotRun", USED_UP)]
            return
        try:
            super().preprocess_cell(cell, resources, index)
        except Exception as error:  # a kernel can die and can send anything; that costs this cell alone
            died = isinstance(error, (DeadKernelError, CellTimeoutError))
            why = (
                "the kernel died while it ran this cell" if died else "what this cell has sent cannot be read"
            )
            cell.outputs = [_error_output(type(error).__name__, why)]
            self._restart()
            return
        if any(output.get("ename") == "CellTimeoutError" for output in cell.outputs):
            if not self._is_responsive():
                self._restart()
        else:
            self._executed.append(cell.source)

    def _ask(self, name: str, arguments: tuple) -> Answer:
        if self._is_over():
            return Answer("not_asked", message=f"it was not asked, because {USED_UP}")
        expression = ASK.format(asker=ASKER, question=pack_question(name, arguments))
        try:
            reply = self._reply(self._send(expression), self.question_timeout)
        except DeadKernelError:
            self._disable(name, is_alive=False)
            return Answer("did_not_return", message="the call ended the whole Python process")
        if reply is None:
            self._disable(name, is_alive=self._is_responsive())
            return Answer(
                "did_not_return", message=f"it did not return within {self.question_timeout} seconds"
            )
        return _read_reply(reply)

    def _disable(self, name: str, *, is_alive: bool) -> None:
        """Let later cells that call the function fail at once, not hang or end the kernel again."""
        self._executed.append(DISABLED.format(name=name))
        if is_alive:
            try:
                self._run_silently(self._executed[-1], self.interrupt_grace)
                return
            except DeadKernelError:
                pass
        self._restart()

    def _send(self, expression: str) -> str:
        return self.kc.execute("", silent=True, store_history=False, user_expressions={"answer": expression})

    def _reply(self, message_id: str, seconds: float) -> dict | None:
        """Return the kernel's reply, or None if there is none in time. Raises `DeadKernelError`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                message = run_sync(self.kc.get_shell_msg)(timeout=min(left, 1))
            except Empty:
                if not run_sync(self.kc.is_alive)():
                    raise DeadKernelError("Kernel died") from None
                continue
            if message["parent_header"].get("msg_id") == message_id:
                return message["content"]
        return None

    def _is_responsive(self) -> bool:
        """Interrupt the kernel and tell whether it listens again."""
        run_sync(self.km.interrupt_kernel)()
        try:
            return self._reply(self.kc.kernel_info(), self.interrupt_grace) is not None
        except DeadKernelError:
            return False

    def _restart(self) -> None:
        """Start the kernel again and run the cells that had ended, so that later exercises are graded."""
        self._restarts += 1
        if self._is_over():
            return
        try:
            run_sync(self.km.restart_kernel)(now=True)
            run_sync(self.kc.wait_for_ready)(timeout=self.startup_timeout)
            for source in self._executed:
                self._run_silently(source, self.timeout)
        except (DeadKernelError, RuntimeError):  # it died again while it started
            self._restarts = self.max_restarts + 1

    def _is_over(self) -> bool:
        return self._restarts > self.max_restarts or time.monotonic() > self._deadline


def _lacks_a_name(answer: Answer) -> bool:
    """Tell whether a call failed for want of something that another cell may define."""
    return answer.status == "missing" or answer.error in NOT_THERE_YET


def called_names(source: str) -> list[str]:
    """Return the names that a piece of code calls; none where it cannot be parsed."""
    try:
        nodes = ast.walk(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    calls = (node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return list(dict.fromkeys(calls))


def write_verdict(cell: NotebookNode, verdict: Verdict, wrong_helpers: Sequence[str] = ()) -> None:
    """Make the verdict the cell's outputs: words for the student, then the points as nbgrader reads them.

    The outputs remember the case that the words are about, for the feedback that may show its expected value.
    """
    words = {
        "text/plain": explain.as_text(verdict, wrong_helpers),
        "text/html": explain.as_html(verdict, wrong_helpers),
    }
    about = {"autograder": {"case": verdict.worst.case.title}}
    cell.execution_count = None
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=words, metadata=about),
        nbformat.v4.new_output("execute_result", data={"text/plain": repr(float(verdict.points))}),
    ]


def student_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of a student's kernel: what a program needs, and nothing that leads to us."""
    home = scratch / ".home"
    fonts = home / "matplotlib"
    fonts.mkdir(parents=True, exist_ok=True)
    for known in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(known, fonts)  # else every kernel spends seconds on finding the fonts
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(fonts),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # the same submission does the same on every run
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _copy_helper_files(folder: Path, scratch: Path) -> list[str]:
    """Copy what lies beside a notebook, other notebooks excepted; return what would hide a library."""
    hiding = sorted(path.name for path in folder.iterdir() if path.name.removesuffix(".py") in LIBRARIES)

    def ignored(inside: str, names: list[str]) -> list[str]:
        paths = {name: Path(inside, name) for name in names}
        odd = [
            name for name, path in paths.items() if path.is_symlink() or not (path.is_file() or path.is_dir())
        ]
        # the kernel's own files have names with a dot in this folder
        others = [name for name in names if name.endswith(".ipynb") or name.startswith(".")]
        return [*odd, *others, *(hiding if Path(inside) == folder else [])]

    shutil.copytree(folder, scratch, ignore=ignored, dirs_exist_ok=True)
    return hiding


def _read_reply(reply: Mapping) -> Answer:
    """Read the kernel's reply without trusting its shape."""
    try:
        answer = reply["user_expressions"]["answer"]
        if answer["status"] != "ok":
            return Answer("raised", error=str(answer.get("ename")), message=str(answer.get("evalue"))[:500])
        return unpack_answer(str(ast.literal_eval(answer["data"]["text/plain"])))
    except (KeyError, TypeError, ValueError, SyntaxError, MemoryError, RecursionError) as error:
        return Answer("unreadable", message=type(error).__name__)


def _error_output(name: str, message: str) -> NotebookNode:
    return nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])


class GradedCellsOnly(GetGrades):
    """Fetch the grades and keep on a page what is about the student: graded work, added cells, comments."""

    show_expected = Bool(
        False,
        help="Show in the feedback what should have been returned in the case that it reports. For the time "
        "after the deadline: write the feedback again, nothing has to be graded again.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Drop the chapter's own prose and demonstrations, which the student has on the site."""
        nb, resources = super().preprocess(nb, resources)
        if self.show_expected:
            _show_expected(nb, BlindExecute(config=Config(BlindExecute=self.config.BlindExecute)))
        resources["nbgrader"]["title"] = title_of(resources["nbgrader"]["notebook"])
        resources["nbgrader"]["round"] = nb.metadata.get("autograder", {}).get("round")
        _put_verdicts_behind_their_answers(nb)
        ungraded = [cell for cell in nb.cells if cell.get("id") == UNGRADED]
        prefix = resources["nbgrader"]["notebook"][-60:]
        nb.cells = ungraded or [
            cell
            for cell in nb.cells
            if "nbgrader" in cell.metadata
            or answered_name(cell)
            or not str(cell.get("id")).startswith(prefix)
        ]
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: dict) -> None:
        """Tell the page also whether a person has still to mark the cell."""
        super()._get_score(cell, resources)
        about = resources["nbgrader"]
        where = about["notebook"], about["assignment"], about["student"]
        grade = self.gradebook.find_grade(cell.metadata.nbgrader["grade_id"], *where)
        cell.metadata.nbgrader["waiting"] = waits_for_a_person(grade)


def _put_verdicts_behind_their_answers(nb: NotebookNode) -> None:
    """Move each answer to where it is judged: a bug hunt shows all faulty functions before the first test."""
    answers = {name: cell for cell in nb.cells if (name := answered_name(cell))}
    judged = {name for cell in nb.cells if (name := graded_name(cell)) in answers}
    nb.cells = [
        each
        for cell in nb.cells
        if answered_name(cell) not in judged
        for each in ([answers[graded_name(cell)], cell] if graded_name(cell) in judged else [cell])
    ]


def _show_expected(nb: NotebookNode, settings: BlindExecute) -> None:
    """Add to each verdict what the reference returns in the case that the verdict is about."""
    digest = nb.metadata.get("autograder", {}).get("seed", "")
    by_hand = settings.seed_by_hand()
    is_by_hand = by_hand is not None and by_hand.digest == digest
    seed = by_hand.seed if is_by_hand else find_seed(digest, Path(settings.seeds_folder))
    for cell in nb.cells:
        name = graded_name(cell)
        said = cell.outputs[0] if name and cell.outputs else {}
        title = said.get("metadata", {}).get("autograder", {}).get("case")
        case = next((each for each in EXERCISES[name].cases if each.title == title), None) if title else None
        if case:  # behind what was returned; where nothing is shown of the case, there is no such place
            line = escape(explain.expected(EXERCISES[name], case, seed))
            said["data"]["text/html"] = said["data"]["text/html"].replace("</pre>", f"\n{line}</pre>", 1)


def waits_for_a_person(grade: Grade) -> bool:
    """Tell whether a person has still to give a score, or to look at an answer that was changed since."""
    return grade.auto_score is None and (grade.manual_score is None or grade.needs_manual_grade)
