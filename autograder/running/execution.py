"""Run one submission's notebook in its sandbox, put the hidden questions to it, and judge the answers."""

import base64
import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.chapter.cells import answered_name, demonstrations, graded_name, library_imports
from autograder.exercises import EXERCISES
from autograder.judging.answers import Answer, pack_question, unpack_answer
from autograder.judging.verdict import Finding, Verdict, judge
from autograder.running.code import called_names
from autograder.running.outputs import (
    LEFT_OUT_ID,
    MOST_OUTPUTS,
    error_output,
    number_of,
    read_output,
    without_paths,
    write_verdict,
    written_size,
)
from autograder.running.sandbox import (
    ENDING_SECONDS,
    MOST_VALUES,
    NO_REPORT,
    STRETCH,
    WARMING_SECONDS,
    ProcessDiedError,
    Sandbox,
    WarmLostError,
    holds_more_than,
    left_of,
    new_sandbox,
    versions,
)
from autograder.running.stopped import (
    Stop,
    lacks_a_module,
    missing_name,
    names_bound_by,
    stop,
    stops_behind,
)

DISABLED = """\
def {name}(*arguments, **options):
    raise RuntimeError("{name} is not called again: it did not return when it was graded")
"""
USED_UP = "the notebook had used up its time, or had ended its process too often"
NO_MORE_CALLS = "too many other calls of this notebook did not return"
NOT_THERE_YET = {"NameError", "NotImplementedError", "UnboundLocalError"}
"""Errors of a function that may only need a cell further down in the notebook."""
STRETCH_OF_ALL = 4
"""How many times as long as its limit a notebook may last by the clock, where others keep it waiting."""
RUNS = 2
"""How often a notebook is run: once more with the chapter's demonstrations, where it misses a name."""
INTERRUPTS, ENDINGS = 3, 5
"""How many interrupts, and messages that nobody takes or ends that take their time, one case may bring."""
OWN_SECONDS = 60
"""Seconds for what the grader does itself: to read the notebook, to judge, to write."""
LIBRARIES = {"numpy", "scipy", "matplotlib"}
"""What a file beside a notebook must not hide; Python's own modules come before such files anyway."""
LEFT_OUT = """\
**Not used: {files}.** A file of that name beside a notebook hides the library that is called so. Your
notebook was graded with the library itself; please give the file another name.
"""
REPLACED = """\
**Not used: {files}.** The chapter's own was taken in its place: yours is another, changed or of an earlier
release. Please write what you need into the notebook, or into a file of another name.
"""


def longest(limits: Mapping[str, Any]) -> float:
    """Return how many seconds the grading of one notebook can take, whatever a submission does.

    It is run `RUNS` times at most. When its time is over, the last thing that was begun may still take what
    it may take: a process that is started, a cell or a call in it, what is interrupted, what is ended.
    """
    calls = limits["timeout"] + limits["question_timeout"]
    last = limits["timeout"] + calls + INTERRUPTS * limits["interrupt_grace"]
    each = STRETCH_OF_ALL * limits["notebook_timeout"] + STRETCH * last + ENDINGS * ENDING_SECONDS
    return RUNS * (each + 2 * WARMING_SECONDS) + OWN_SECONDS


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
        replaced: Iterable[str] = (),
    ) -> None:
        """Prepare to run `notebook`, which is changed, with `files` (path → content) beside it.

        `replaced` are those of them in whose place the student had handed in something else.
        """
        self._notebook, self._seed, self._limits = notebook, seed, limits
        self._chapter = chapter
        self._files = {path: content for path, content in files.items() if not _hides_a_library(path)}
        self._notes = {
            LEFT_OUT: sorted({path.split("/")[0] for path in files if _hides_a_library(path)}),
            REPLACED: sorted(replaced),
        }

    def run(self) -> None:
        """Run and judge, and write the outputs into the notebook."""
        demonstrated = demonstrations(self._chapter)
        if self._run_all_but(demonstrated) & names_bound_by(demonstrated):
            self._run_all_but(frozenset())
        notes = [
            note.format(files=", ".join(f"`{name}`" for name in names))
            for note, names in self._notes.items()
            if names
        ]
        if notes:
            cell = nbformat.v4.new_markdown_cell("\n".join(notes))
            cell["id"] = LEFT_OUT_ID
            self._notebook.cells.insert(0, cell)

    def _run_all_but(self, skipped: frozenset[str]) -> set[str]:
        """Run the notebook without the cells whose sources are `skipped`; return the names that it missed."""
        self._points: dict[str, float] = {}
        self._defined_by: dict[str, NotebookNode] = {}
        self._counted: dict[str, NotebookNode | None] = {}
        tests = {name: cell for cell in self._notebook.cells if (name := graded_name(cell))}
        self._written: dict[str, tuple[NotebookNode, Verdict]] = {}
        self._doubtful: list[tuple[str, NotebookNode, Finding]] = []
        self._stops: list[Stop] = []
        self._missed: set[str] = set()
        self._restarts = 0
        self._lost, self._lost_in_all = 0, 0
        self._shown = 0
        self._begun, self._waited = time.monotonic(), 0.0
        self._executed = [library_imports(self._chapter)]
        self._seconds_to_repeat = 0.0
        self._sandbox: Sandbox | None = None
        counted = 0
        try:
            self._start()
            for cell in self._notebook.cells:
                counted += cell.cell_type == "code"
                number = cell.metadata.get("autograder", {}).get("number", counted)
                if (name := graded_name(cell)) is not None:
                    doubts = [each for each in self._judge(name, cell).findings if _lacks_a_name(each.answer)]
                    if doubts:
                        self._doubtful.append((name, cell, doubts[0]))
                elif cell.cell_type == "code" and cell.source.strip() and cell.source.strip() not in skipped:
                    again = tests.get(cell.metadata.get("autograder", {}).get("again"))
                    self._run_a_try(cell, number, again) if again else self._run(cell, number)
            self._ask_again()
        finally:
            self._end()
        self._say_which_counted()
        self._say_why()
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
            left = max(0.0, self._seconds_left())
            if not self._run_silently(source, min(self._limits["timeout"], left)):
                raise ProcessDiedError("did not run again what it had run before")

    def _end(self) -> dict:
        report = self._sandbox.close() if self._sandbox else {}
        self._sandbox = None
        self._waited += report.get("waited", 0.0)
        return report

    def _ask_again(self) -> None:
        """Judge again, when all cells have run, what may have failed for want of a cell further down."""
        for name, cell, finding in self._doubtful:
            self._lost = 0
            answer = self._ask(name, finding.arguments)
            if not _lacks_a_name(answer):
                self._judge(name, cell)
            elif answer.error == "NameError":
                self._missed |= {missing_name(answer.message)}

    def _judge(self, name: str, cell: NotebookNode) -> Verdict:
        """Reach the verdict on one exercise and write it into its cell, unless an earlier one was better."""
        self._lost = 0
        verdict = judge(EXERCISES[name], self._seed, self._ask)
        self._lost_in_all += self._lost
        if self._lost:
            self._disable(name)
        if verdict.points / verdict.max_points > self._points.get(name, -1):
            self._counted[name] = self._defined_by.get(name)
        if verdict.points / verdict.max_points >= self._points.get(name, 0):
            self._points[name] = verdict.points / verdict.max_points
            self._written[name] = cell, verdict
            write_verdict(cell, verdict, self._wrong_helpers(name))
        return verdict

    def _run_a_try(self, cell: NotebookNode, number: int, test: NotebookNode) -> None:
        """Run a cell that defines a function once more; what is better of it before and after counts."""
        name = graded_name(test)
        self._judge(name, test)
        self._run(cell, number)
        self._defined_by[name] = cell
        self._judge(name, test)

    def _say_which_counted(self) -> None:
        """Mark, where a function was defined more than once, the cell that its points are from."""
        for cell in self._notebook.cells:
            about = cell.metadata.get("autograder", {})
            about.pop("outdone", None)
            about.pop("counts", None)
            counted = self._counted.get(about.get("again") or answered_name(cell) or "")
            if about.get("again"):
                about["counts"] = counted is cell
            elif counted is not None:
                about["outdone"] = True

    def _say_why(self) -> None:
        """Add to the verdicts, now that all cells have run, which cell is to blame and what graded them."""
        for name, (cell, verdict) in self._written.items():
            if reasons := [*self._reasons(name, verdict)]:
                write_verdict(cell, verdict, self._wrong_helpers(name), reasons)

    def _reasons(self, name: str, verdict: Verdict) -> Iterator[str]:
        answers = [finding.answer for finding in verdict.findings]
        missing = [missing_name(each.message) for each in answers if each.error == "NameError"]
        missing += [name for each in answers if each.status == "missing"]
        stops = stops_behind(missing, self._stops)
        yield from (each.why_not(missed) for missed, each in stops.items())
        own = any(lacks_a_module(each.error, each.message) for each in answers)
        if own or any(each.lacks_a_module for each in stops.values()):
            yield f"It was graded with {versions_in_words()}; no other package can be counted on."

    def _wrong_helpers(self, name: str) -> list[str]:
        """Return the graded functions that the answer calls and that were not found right."""
        answers = (cell.source for cell in self._notebook.cells if answered_name(cell) == name)
        return [
            each
            for each in called_names("\n".join(answers))
            if self._points.get(each, 1) < 1 and each != name
        ]

    def _run(self, cell: NotebookNode, number: int) -> None:
        """Run a cell and write what it shows into it; a process that dies in it costs this cell alone."""
        cell.outputs, cell.execution_count = [], None
        if not self._is_ready():
            cell.outputs = [error_output("NotRun", USED_UP)]
            return
        limit = self._limits["output_megabytes"] * 1_000_000
        begun = time.monotonic()
        try:
            self._sandbox.send(do="run", source=cell.source, silent=False, limit=max(limit - self._shown, 0))
            reply, is_late = self._reply_to_cell(2 * limit + 1_000_000)
        except ProcessDiedError as error:
            self._died_in(cell, number, self._why_it_died(error))
            return
        late = f"did not end within {self._limits['timeout']} seconds" if is_late else ""
        if reply is not None:
            self._show(cell, reply)
            self._note_stop(number, cell.source, reply.get("stopped"), late)
        elif late:
            self._note_stop(number, cell.source, None, late)
        if reply is not None and not is_late:
            self._executed.append(cell.source)
            self._seconds_to_repeat += time.monotonic() - begun
        if is_late:
            cell.outputs.append(error_output("CellTimeoutError", f"it {late}"))
        for output in cell.outputs:
            if output.output_type == "error" and output.ename == "NameError":
                self._missed |= {missing_name(output.evalue)}
        if reply is None:
            self._end_and_count()

    def _died_in(self, cell: NotebookNode, number: int, why: str) -> None:
        """Say that a cell has taken its process with it."""
        cell.outputs = [error_output("DeadKernelError", f"this cell {why}")]
        self._note_stop(number, cell.source, None, why)
        self._end_and_count()

    def _end_and_count(self) -> None:
        """End a process that a cell has made useless; a notebook gets only so many."""
        self._end()
        self._restarts += 1

    def _show(self, cell: NotebookNode, reply: Mapping[str, Any]) -> None:
        """Write what a cell has shown into it."""
        limit = self._limits["output_megabytes"] * 1_000_000
        try:
            cell.outputs = [read_output(each) for each in reply["outputs"][:MOST_OUTPUTS]]
            cell.execution_count = number_of(reply["execution_count"])
            self._shown += sum(map(written_size, cell.outputs))
        except Exception:  # the student's process can send anything
            cell.outputs = [error_output("UnreadableOutput", "what this cell has sent cannot be read")]
        if self._shown > 2 * limit:  # more than a process sends that keeps to its limit
            cell.outputs = [error_output("LeftOut", "the notebook has shown as much as one may")]

    def _note_stop(self, number: int, source: str, told: Any, happened: str) -> None:
        """Keep in mind where a cell stopped, if it did."""
        if told or happened:
            with contextlib.suppress(Exception):  # the student's process can send anything
                self._stops.append(stop(number, source, told, happened))

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
        """Put one question to the student's function and return what came back.

        A call that does not return costs its own case: the next is asked in a fresh process, as long as not
        too many were lost.
        """
        if why := self._why_not_asked():
            return Answer("not_asked", message=f"it was not asked, because {why}")
        seconds = self._limits["question_timeout"]
        try:
            self._sandbox.send(do="ask", question=pack_question(name, arguments))
            reply = self._sandbox.reply(seconds)
            if reply is None:
                self._lost += 1
                self._refresh()
                return Answer("did_not_return", message=f"it did not return within {seconds} seconds")
        except ProcessDiedError as error:
            self._lost += 1
            return Answer("did_not_return", message=f"the call {self._why_it_died(error)}")
        answer = reply.get("answer")
        if not isinstance(answer, str):
            return Answer("unreadable", message=str(reply.get("broken", "no answer"))[:100])
        if holds_more_than(MOST_VALUES, answer.encode("utf-8", "replace")):
            return Answer("unreadable", message="it is too large")
        found = unpack_answer(answer)
        return replace(found, message=without_paths(found.message), line=without_paths(found.line))

    def _why_not_asked(self) -> str:
        """Return why the next case of a function is not asked, or ''."""
        if self._lost >= self._limits["lost_calls"]:
            return f"{self._lost} other cases did not return, as many as are waited for"
        if self._lost and self._lost_in_all + self._lost >= self._limits["lost_calls_of_notebook"]:
            return NO_MORE_CALLS
        return "" if self._is_ready() else USED_UP

    def _refresh(self) -> None:
        """End a process whose call did not return, so that the next question meets a fresh one.

        But where its cells take longer than a call may, it is interrupted, and kept if that ends the call.
        """
        if self._seconds_to_repeat > self._limits["question_timeout"]:
            self._sandbox.interrupt()
            if self._sandbox.reply(self._limits["interrupt_grace"]) is not None:
                return
        self._end()

    def _why_it_died(self, error: ProcessDiedError) -> str:
        """Return what ended a process, as what "the call" did; raise where it was not the student's doing."""
        why = str(self._end().get("why"))
        if why == NO_REPORT or why.startswith("cannot isolate"):
            raise WarmLostError(why)
        if why == "memory":
            return f"used more memory than the {self._limits['memory_megabytes']:,} megabytes there are"
        return str(error)

    def _disable(self, name: str) -> None:
        """Let later cells that call the function fail at once, not hang or end the process again."""
        self._executed.append(DISABLED.format(name=name))
        if self._sandbox is None:
            return
        try:
            if self._run_silently(self._executed[-1], self._limits["interrupt_grace"]):
                return
        except ProcessDiedError:
            pass
        self._end()

    def _is_ready(self) -> bool:
        """Tell whether there is a process; where the last has ended, a new one runs the same cells."""
        if self._sandbox is None and not self._is_over():
            try:
                self._start()
            except ProcessDiedError as error:  # it died again while it started
                self._why_it_died(error)
                self._restarts = self._limits["max_restarts"] + 1
        return not self._is_over()

    def _is_over(self) -> bool:
        return self._restarts > self._limits["max_restarts"] or self._seconds_left() <= 0

    def _seconds_left(self) -> float:
        """Return how long the notebook may still take; a process waits for others, too."""
        seconds = self._limits["notebook_timeout"]
        return left_of(seconds, self._begun, self._waited_in_all, STRETCH_OF_ALL)

    def _waited_in_all(self) -> float:
        return self._waited + (self._sandbox.kept_waiting() if self._sandbox else 0.0)


def _hides_a_library(path: str) -> bool:
    return path.split("/")[0].removesuffix(".py") in LIBRARIES


def _lacks_a_name(answer: Answer) -> bool:
    """Tell whether a call failed for want of something that another cell may define."""
    return answer.status == "missing" or answer.error in NOT_THERE_YET


def versions_in_words() -> str:
    """Return what a submission is graded with, and can count on."""
    *packages, last = (f"{name} {version}" for name, version in versions().items() if name != "python")
    return f"Python {versions()['python']} and its own modules, {', '.join(packages)} and {last}"
