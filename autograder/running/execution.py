"""Run one submission's notebook in its sandbox, put the hidden questions to it, and judge the answers."""

import ast
import base64
import re
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.chapter.cells import answered_name, demonstrations, graded_name, library_imports
from autograder.exercises import EXERCISES
from autograder.judging.answers import Answer, pack_question, unpack_answer
from autograder.judging.verdict import Finding, Verdict, judge
from autograder.running.outputs import MOST_OUTPUTS, error_output, read_output, write_verdict
from autograder.running.sandbox import (
    MOST_VALUES,
    NO_REPORT,
    ProcessDiedError,
    Sandbox,
    WarmLostError,
    holds_more_than,
    new_sandbox,
)

DISABLED = """\
def {name}(*arguments, **options):
    raise RuntimeError("{name} is not called again: it did not return when it was graded")
"""
USED_UP = "the notebook had used up its time, or had ended its process too often"
NOT_THERE_YET = {"NameError", "NotImplementedError", "UnboundLocalError"}
"""Errors of a function that may only need a cell further down in the notebook."""
MOST_SOURCE = 100_000
"""How many characters of code the grader itself reads: to parse a million takes it a gigabyte."""
LIBRARIES = {"numpy", "scipy", "matplotlib"}
"""What a file beside a notebook must not hide; Python's own modules come before such files anyway."""
LEFT_OUT_ID = "left-out"
LEFT_OUT = """\
**Not used: {files}.** A file of that name beside a notebook hides the library that is called so. Your
notebook was graded with the library itself; please give the file another name.
"""


class Execution:
    """One run of a submission's notebook.

    The cell that grades an exercise is not run. Its place in the notebook is where the questions are asked,
    and its outputs are replaced by the verdict, with the points in nbgrader's own partial-credit form. The
    chapter's demonstrations are not run either, unless something fails for want of a name that one binds.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        chapter: str,
        files: Mapping[str, bytes],
        seed: int,
        limits: Mapping[str, Any],
    ) -> None:
        """Prepare to run `notebook`, which is changed, with `files` (path → content) beside it."""
        self._notebook, self._seed, self._limits = notebook, seed, limits
        self._chapter = chapter
        self._files = {path: content for path, content in files.items() if not _hides_a_library(path)}
        self._left_out = sorted({path.split("/")[0] for path in files if _hides_a_library(path)})

    def run(self) -> None:
        """Run and judge, and write the outputs into the notebook."""
        demonstrated = demonstrations(self._chapter)
        if self._run_all_but(demonstrated) & names_bound_by(demonstrated):
            self._run_all_but(frozenset())
        if self._left_out:
            files = ", ".join(f"`{name}`" for name in self._left_out)
            note = nbformat.v4.new_markdown_cell(LEFT_OUT.format(files=files))
            note["id"] = LEFT_OUT_ID
            self._notebook.cells.insert(0, note)

    def _run_all_but(self, skipped: frozenset[str]) -> set[str]:
        """Run the notebook without the cells whose sources are `skipped`; return the names that it missed."""
        self._points: dict[str, float] = {}
        self._doubtful: list[tuple[str, NotebookNode, Finding]] = []
        self._missed: set[str] = set()
        self._restarts = 0
        self._shown = 0
        self._deadline = time.monotonic() + self._limits["notebook_timeout"]
        self._executed = [library_imports(self._chapter)]
        self._sandbox: Sandbox | None = None
        try:
            self._start()
            for cell in self._notebook.cells:
                if (name := graded_name(cell)) is not None:
                    doubts = [each for each in self._judge(name, cell).findings if _lacks_a_name(each.answer)]
                    if doubts:
                        self._doubtful.append((name, cell, doubts[0]))
                elif cell.cell_type == "code" and cell.source.strip() and cell.source.strip() not in skipped:
                    self._run(cell)
            self._ask_again()
        finally:
            self._end()
        return self._missed

    def _start(self) -> None:
        """Get a process for the submission and let it run, again, what has been run.

        Raises `ProcessDiedError`, also where that does not end within the notebook's time.
        """
        self._sandbox = new_sandbox(self._limits)
        files = {path: base64.b64encode(content).decode() for path, content in self._files.items()}
        self._sandbox.send(do="put", files=files)
        self._sandbox.reply(self._limits["timeout"])
        for source in self._executed:
            left = max(0.0, self._deadline - time.monotonic())
            if not self._run_silently(source, min(self._limits["timeout"], left)):
                raise ProcessDiedError("did not run again what it had run before")

    def _end(self) -> dict:
        report = self._sandbox.close() if self._sandbox else {}
        self._sandbox = None
        return report

    def _ask_again(self) -> None:
        """Judge again, when all cells have run, what may have failed for want of a cell further down."""
        for name, cell, finding in self._doubtful:
            answer = self._ask(name, finding.arguments)
            if not _lacks_a_name(answer):
                self._judge(name, cell)
            elif answer.error == "NameError":
                self._missed |= _missing_name(answer.message)

    def _judge(self, name: str, cell: NotebookNode) -> Verdict:
        """Reach the verdict on one exercise and write it into its cell, unless an earlier one was better."""
        verdict = judge(EXERCISES[name], self._seed, self._ask)
        if verdict.points / verdict.max_points >= self._points.get(name, 0):
            self._points[name] = verdict.points / verdict.max_points
            write_verdict(cell, verdict, self._wrong_helpers(name))
        return verdict

    def _wrong_helpers(self, name: str) -> list[str]:
        """Return the graded functions that the answer calls and that were not found right."""
        answers = (cell.source for cell in self._notebook.cells if answered_name(cell) == name)
        return [
            each
            for each in called_names("\n".join(answers))
            if self._points.get(each, 1) < 1 and each != name
        ]

    def _run(self, cell: NotebookNode) -> None:
        """Run a cell and write what it shows into it; a process that dies in it costs this cell alone."""
        cell.outputs, cell.execution_count = [], None
        if self._is_over():
            cell.outputs = [error_output("NotRun", USED_UP)]
            return
        limit = self._limits["output_megabytes"] * 1_000_000
        try:
            self._sandbox.send(do="run", source=cell.source, silent=False, limit=max(limit - self._shown, 0))
            reply, is_late = self._reply_to_cell(2 * limit + 1_000_000)
        except ProcessDiedError as error:
            cell.outputs = [error_output("DeadKernelError", f"this cell {self._why_it_died(error)}")]
            self._restart()
            return
        if reply is not None and not is_late:
            self._executed.append(cell.source)
        if reply is not None:
            try:
                cell.outputs = [read_output(each) for each in reply["outputs"][:MOST_OUTPUTS]]
                cell.execution_count = int(reply["execution_count"])
                self._shown += sum(len(str(each)) for each in cell.outputs)
            except Exception:  # the student's process can send anything
                cell.outputs = [error_output("UnreadableOutput", "what this cell has sent cannot be read")]
            if self._shown > 2 * limit:  # more than a process sends that keeps to its limit
                cell.outputs = [error_output("LeftOut", "the notebook has shown as much as one may")]
        if is_late:
            told = f"it did not end within {self._limits['timeout']} seconds"
            cell.outputs.append(error_output("CellTimeoutError", told))
        for output in cell.outputs:
            if output.output_type == "error" and output.ename == "NameError":
                self._missed |= _missing_name(output.evalue)
        if reply is None:
            self._restart()

    def _reply_to_cell(self, most: int) -> tuple[dict | None, bool]:
        """Return the reply, None if there is none although the cell was interrupted, and whether it was."""
        reply = self._sandbox.reply(self._limits["timeout"], most)
        if reply is not None:
            return reply, False
        self._sandbox.interrupt()
        return self._sandbox.reply(self._limits["interrupt_grace"], most), True

    def _run_silently(self, source: str, seconds: float) -> bool:
        """Run code that shows nothing; return whether the process has answered in time."""
        self._sandbox.send(do="run", source=source, silent=True, limit=0)
        return self._sandbox.reply(seconds) is not None

    def _ask(self, name: str, arguments: tuple) -> Answer:
        """Put one question to the student's function and return what came back."""
        if self._is_over():
            return Answer("not_asked", message=f"it was not asked, because {USED_UP}")
        seconds = self._limits["question_timeout"]
        try:
            self._sandbox.send(do="ask", question=pack_question(name, arguments))
            reply = self._sandbox.reply(seconds)
            if reply is None:
                self._sandbox.interrupt()
                is_alive = self._sandbox.reply(self._limits["interrupt_grace"]) is not None
                self._disable(name, is_alive=is_alive)
                return Answer("did_not_return", message=f"it did not return within {seconds} seconds")
        except ProcessDiedError as error:
            told = f"the call {self._why_it_died(error)}"
            self._disable(name, is_alive=False)
            return Answer("did_not_return", message=told)
        answer = reply.get("answer")
        if not isinstance(answer, str):
            return Answer("unreadable", message=str(reply.get("broken", "no answer"))[:100])
        if holds_more_than(MOST_VALUES, answer.encode("utf-8", "replace")):
            return Answer("unreadable", message="it is too large")
        return unpack_answer(answer)

    def _why_it_died(self, error: ProcessDiedError) -> str:
        """Return what ended a process, as what "the call" did; raise where it was not the student's doing."""
        why = str(self._end().get("why"))
        if why == NO_REPORT or why.startswith("cannot isolate"):
            raise WarmLostError(why)
        if why == "memory":
            return f"used more memory than the {self._limits['memory_megabytes']:,} megabytes there are"
        return str(error)

    def _disable(self, name: str, *, is_alive: bool) -> None:
        """Let later cells that call the function fail at once, not hang or end the process again."""
        self._executed.append(DISABLED.format(name=name))
        if is_alive:
            try:
                if self._run_silently(self._executed[-1], self._limits["interrupt_grace"]):
                    return
            except ProcessDiedError:
                pass
        self._restart()

    def _restart(self) -> None:
        """Take a new process and run the cells that had ended, so that later exercises are graded."""
        self._end()
        self._restarts += 1
        if self._is_over():
            return
        try:
            self._start()
        except ProcessDiedError as error:  # it died again while it started
            self._why_it_died(error)
            self._restarts = self._limits["max_restarts"] + 1

    def _is_over(self) -> bool:
        return self._restarts > self._limits["max_restarts"] or time.monotonic() > self._deadline


def _hides_a_library(path: str) -> bool:
    return path.split("/")[0].removesuffix(".py") in LIBRARIES


def _lacks_a_name(answer: Answer) -> bool:
    """Tell whether a call failed for want of something that another cell may define."""
    return answer.status == "missing" or answer.error in NOT_THERE_YET


def _missing_name(message: str) -> set[str]:
    """Return the name that a NameError tells of."""
    found = re.match(r"name '(\w+)' is not defined", message)
    return {found[1]} if found else set()


@cache
def names_bound_by(sources: frozenset[str]) -> frozenset[str]:
    """Return the names that cells bind, wherever in them."""
    found: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            match node:
                case (
                    ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name)
                ):
                    found.add(name)
                case ast.alias(name=name, asname=short):
                    found.add((short or name).split(".")[0])
    return frozenset(found)


@lru_cache(maxsize=100)
def called_names(source: str) -> list[str]:
    """Return the names that a piece of code calls; none where it cannot be parsed, or is too long."""
    if len(source) > MOST_SOURCE:
        return []
    try:
        nodes = ast.walk(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    calls = (node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return list(dict.fromkeys(calls))
