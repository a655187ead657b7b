"""Our parts of nbgrader: the executor that judges outside the student's kernel, and the page filter."""

import ast
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from queue import Empty
from typing import Any

import matplotlib
import nbformat
from jupyter_client import KernelManager
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.api import Grade
from nbgrader.preprocessors import Execute, GetGrades
from traitlets import Integer, Unicode

from autograder import explain, kernel_side
from autograder.cells import answered_name, graded_name, title_of
from autograder.exercises import EXERCISES
from autograder.verdict import Answer, Verdict, judge, pack_question, unpack_answer

ASKER = Path(kernel_side.__file__).read_text("utf-8")
DISABLED = """\
def {name}(*arguments, **options):
    raise RuntimeError("{name} is not called again: it did not return when it was graded")
"""
USED_UP = "the notebook had used up its time, or had ended its kernel too often"
UNGRADED = "ungraded"
"""The id of the cell that says why a submission could not be graded; then it is all that its page shows."""


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
    seed = Integer(0, help="The seed of the inputs of the hidden cases.").tag(config=True)
    timeout = Integer(30, help="Seconds that one cell of a submission may take.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict, km: Any = None) -> tuple[NotebookNode, dict]:
        """Run and judge one notebook."""
        with tempfile.TemporaryDirectory(prefix="submission-") as scratch:
            self._scratch = Path(scratch)
            self._executed: list[str] = []
            self._restarts = 0
            self._points: dict[str, float] = {}
            self._deadline = time.monotonic() + self.notebook_timeout
            _copy_helper_files(Path(resources.get("metadata", {}).get("path") or "."), self._scratch)
            return super().preprocess(nb, resources, km)

    def setup_kernel(self, **kwargs: Any) -> AbstractContextManager:
        """Start the kernel in a scratch folder, with an environment that names nothing of ours."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = student_environment(self._scratch)
        return super().setup_kernel(cwd=str(self._scratch), env=environment, **quiet, **kwargs)

    def create_kernel_manager(self) -> KernelManager:
        """Let grader and kernel talk through files in the scratch folder, not through ports."""
        manager = super().create_kernel_manager()
        manager.transport, manager.ip = "ipc", str(self._scratch / ".kernel")
        return manager

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> tuple[NotebookNode, dict]:
        """Judge a cell that grades an exercise; run any other code cell."""
        name = graded_name(cell)
        if name is not None:
            verdict = judge(EXERCISES[name], self.seed, self._ask)
            self._points[name] = verdict.points / verdict.max_points
            write_verdict(cell, verdict, self._wrong_helpers(name))
        elif cell.cell_type == "code" and cell.source.strip():
            self._run(cell, resources, index)
        return cell, resources

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
        except (DeadKernelError, CellTimeoutError) as error:
            cell.outputs = [_error_output(type(error).__name__, "the kernel died while it ran this cell")]
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
        run = f"(lambda space: (exec({ASKER!r}, space), space['answer'])[1])({{'__name__': 'asker'}})"
        expression = f"{run}({pack_question(name, arguments)!r}, get_ipython().user_ns)"
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
                self._reply(self.kc.execute(self._executed[-1], silent=True), self.interrupt_grace)
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
                self._reply(self.kc.execute(source, silent=True, store_history=False), self.timeout)
        except (DeadKernelError, RuntimeError):  # it died again while it started
            self._restarts = self.max_restarts + 1

    def _is_over(self) -> bool:
        return self._restarts > self.max_restarts or time.monotonic() > self._deadline


def called_names(source: str) -> list[str]:
    """Return the names that a piece of code calls; none where it cannot be parsed."""
    try:
        nodes = ast.walk(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    calls = (node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return list(dict.fromkeys(calls))


def write_verdict(cell: NotebookNode, verdict: Verdict, wrong_helpers: Sequence[str] = ()) -> None:
    """Make the verdict the cell's outputs: words for the student, then the points as nbgrader reads them."""
    words = {
        "text/plain": explain.as_text(verdict, wrong_helpers),
        "text/html": explain.as_html(verdict, wrong_helpers),
    }
    cell.execution_count = None
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=words),
        nbformat.v4.new_output("execute_result", data={"text/plain": repr(float(verdict.points))}),
    ]


def student_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of a student's kernel: what a program needs, and nothing that leads to us."""
    home = scratch / ".home"
    fonts = home / "matplotlib"
    fonts.mkdir(parents=True, exist_ok=True)
    for cache in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(cache, fonts)  # else every kernel spends seconds on finding the fonts
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(fonts),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _copy_helper_files(folder: Path, scratch: Path) -> None:
    for file in folder.iterdir():
        if file.is_file() and not file.is_symlink() and file.suffix != ".ipynb":
            shutil.copy(file, scratch)


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

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Drop the chapter's own prose and demonstrations, which the student has on the site."""
        nb, resources = super().preprocess(nb, resources)
        resources["nbgrader"]["title"] = title_of(resources["nbgrader"]["notebook"])
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


def waits_for_a_person(grade: Grade) -> bool:
    """Tell whether a grade has neither an automatic score nor one that a person gave."""
    return grade.auto_score is None and grade.manual_score is None
