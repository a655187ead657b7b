"""The student's process: cells run in IPython, questions put to functions, answers and outputs sent back.

A message is four bytes of length and that many bytes of JSON, in both directions. What is sent back is data
that the grader does not trust.
"""

import asyncio
import base64
import builtins
import contextlib
import io
import json
import linecache
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
import types
from collections.abc import Sequence
from typing import Any

import kernel_side
import matplotlib
import stand_ins
from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from IPython.core.interactiveshell import ExecutionResult
from traitlets.config import Config

LENGTH = struct.Struct("!I")
LEFT_OUT = "\n[more output was left out: the notebook has shown as much as one may]\n"
NO_NETWORK = "There is no network while a notebook is graded, so nothing can be installed or downloaded."
BETWEEN_CELLS = 0.01
"""Seconds that tasks of the student's have for themselves behind each cell, as a notebook gives them."""
FETCHES = re.compile(
    r"\b(?:(?:pip[\d.]*|conda|mamba|uv|apt|apt-get)\s.*\b(?:install|download|add|update|create|sync)"
    r"|git\s.*\b(?:clone|pull|fetch|push)|wget|curl)\b"
)
"""What asks another machine for something."""
FIRST_CELL = """\
import ast, asyncio, collections, dataclasses, functools, itertools, math, random, time, typing, warnings
import numpy as np
import scipy.special
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([0, 1], label="$x^2$")
axes.legend()
plt.show()
print("warm")
1 / 0
"""
"""Does once, in the warm parent, what notebooks do, so that a child finds all that it needs in memory."""


class Outputs:
    """What the running cell has shown so far, up to a number of characters."""

    def __init__(self) -> None:
        """Start with nothing shown."""
        self.start(0)

    def start(self, limit: int) -> None:
        """Forget what was shown; `limit` characters can be."""
        self.items: list[dict] = []
        self.left = limit
        self.is_full = False

    def add(self, output: dict, size: int) -> None:
        """Show one more output, unless it is too much."""
        if self.is_full:
            return
        if size > self.left:
            self.is_full = True
            output = {"output_type": "stream", "name": "stdout", "text": LEFT_OUT}
        self.left -= size
        last = self.items[-1] if self.items else {}
        kinds = ("output_type", "name")
        if output["output_type"] == "stream" and all(last.get(kind) == output[kind] for kind in kinds):
            last["parts"].append(output["text"])
        else:
            parts = {"parts": [output["text"]]} if output["output_type"] == "stream" else {}
            self.items.append({**output, **parts})

    def taken(self) -> list[dict]:
        """Return the outputs as the format of notebooks has them."""
        for item in self.items:
            if "parts" in item:
                item["text"] = "".join(item.pop("parts"))
        return self.items


outputs = Outputs()


class Stream(io.TextIOBase):
    """What `print` writes to."""

    def __init__(self, name: str) -> None:
        """Write to the outputs under this name."""
        self.name = name

    def fileno(self) -> int:
        """Return the file that programs and libraries write to; it leads nowhere."""
        return 2 if self.name == "stderr" else 1

    @property
    def encoding(self) -> str:
        """Name the encoding, as programs ask for it."""
        return "utf-8"

    def write(self, text: str) -> int:
        """Show `text`."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            outputs.add({"output_type": "stream", "name": self.name, "text": text}, len(text))
        return len(text)

    def writable(self) -> bool:
        """Tell that this can be written to."""
        return True


def _bundle(data: dict) -> tuple[dict, int]:
    """Return displayed data as JSON can hold them, and their size."""
    packed = {
        kind: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for kind, value in data.items()
    }
    return packed, len(json.dumps(packed, default=str))


class Publisher(ZMQDisplayPublisher):
    """What `display` and figures go to."""

    def publish(self, data: dict, metadata: dict | None = None, *_: Any, **options: Any) -> None:
        """Show `data`, or put them in the place of what was shown under the same display id."""
        packed, size = _bundle(data)
        identity = (options.get("transient") or {}).get("display_id")
        shown = {"output_type": "display_data", "data": packed, "metadata": metadata or {}}
        if options.get("update"):
            for item in outputs.items:
                if identity is not None and item.get("id") == identity:
                    item.update(shown)
            return
        outputs.add(shown | ({"id": identity} if identity else {}), size)

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown."""
        outputs.items.clear()


class Result(ZMQShellDisplayHook):
    """What the value of a cell's last line goes to."""

    msg = None

    def write_output_prompt(self) -> None:
        """Write none: the notebook's format has a place for the number."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Show the value in all its forms."""
        packed, size = _bundle(format_dict)
        number = self.prompt_count
        shown = {"output_type": "execute_result", "data": packed, "metadata": md_dict or {}}
        outputs.add({**shown, "execution_count": number}, size)


class Shell(ZMQInteractiveShell):
    """IPython as a notebook's kernel has it, without the lines to a notebook."""

    failed: ExecutionResult | None = None

    def run_cell(self, *code: Any, **options: Any) -> ExecutionResult:
        """Run a cell, and remember it if it failed: `%%capture` runs its own so, and tells nobody."""
        result = super().run_cell(*code, **options)
        self.failed = self.failed if result.success else result
        return result

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        name, text = getattr(etype, "__name__", str(etype)), _message(evalue)
        lines = [str(line) for line in stb]
        shown = {"output_type": "error", "ename": name, "evalue": text, "traceback": lines}
        outputs.add(shown, len(text) + sum(map(len, lines)))

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no screen."""

    def system(self, cmd: str) -> None:
        """Run a line that begins with `!`; a terminal, which IPython would take for it, is not there."""
        line = self.var_expand(cmd, depth=1)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(line, shell=True, text=True, errors="replace", check=False, **pipes)
        print(done.stdout, end="")
        if done.returncode and FETCHES.search(line):
            print(NO_NETWORK)
        self.user_ns["_exit_code"] = done.returncode

    def ask_exit(self) -> None:
        """End the cell that calls `exit`."""
        raise SystemExit


Shell.__name__ = ZMQInteractiveShell.__name__  # by which notebooks and libraries know that they are in one


def make_shell(folder: str) -> Shell:
    """Return the one shell of this process; it keeps no history, and what it writes goes to `folder`."""
    shell = Shell.instance(
        display_pub_class=Publisher,
        displayhook_class=Result,
        colors="nocolor",
        ipython_dir=folder,
        config=Config(HistoryManager={"enabled": False}),
    )
    shell.InteractiveTB.set_mode("Plain")  # the default one reads source files: a tenth of a second each
    stand_ins.give_kernel(shell)
    return shell


def warm_up() -> None:
    """Import and do once what notebooks import and do."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    with tempfile.TemporaryDirectory() as folder:
        shell = make_shell(folder)
        sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
        outputs.start(10_000_000)
        shell.run_cell(FIRST_CELL, store_history=True)
    kinds = [item["output_type"] for item in outputs.taken()]
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    if kinds != ["display_data", "stream", "error"]:
        raise ImportError(f"the interpreter does not run a notebook's cell: {outputs.items}"[:2000])
    matplotlib.pyplot.close("all")
    as_module = vars(types.ModuleType("__main__", shell.user_module.__doc__))
    shell.reset(new_session=True)
    shell.user_ns.update(as_module)  # what programs ask `__main__` for that start an interpreter
    shell.execution_count = 1
    shell.user_ns.update(dict.fromkeys(("_", "__", "___"), ""))
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)  # where a debugger would look, and find the cell above
    linecache.clearcache()
    if threading.active_count() > 1:
        raise ImportError(f"a fork would lose these threads: {threading.enumerate()}")


class Student:
    """The student's process: what it is asked for, one request after the other, in a loop as in a notebook.

    Tasks that a cell has started go on while the next request is waited for.
    """

    def __init__(self, connection: socket.socket) -> None:
        """Listen on `connection`."""
        self.connection = connection
        self.connection.setblocking(False)
        self.shell = Shell.instance()
        self.is_busy = False
        self.cell: asyncio.Task | None = None
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self._answers = {"put": self.put, "run": self.run, "ask": self.ask}
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: Any) -> None:
        """Stop what the student's code does: the cell that waits for something, or whatever runs."""
        task = asyncio.current_task(self.loop)
        if self.cell is not None and task is not self.cell:
            self.loop.call_soon_threadsafe(self.cell.cancel)
        if self.is_busy if task in (self.serving, self.cell) else task is not None:
            raise KeyboardInterrupt

    def serve(self) -> None:
        """Answer until the grader hangs up."""
        self.serving = self.loop.create_task(self._serve())
        while not self.serving.done():
            # what a task of the student's raises may end the loop; then it is run again
            with contextlib.suppress(BaseException):
                self.loop.run_until_complete(self.serving)

    async def _serve(self) -> None:
        own = os.getpid()
        while (request := await self._receive()) is not None:
            try:
                self.is_busy = True
                reply = await self._answers[request["do"]](request)
                self.is_busy = False
            except BaseException as error:  # also an interrupt that comes a moment late
                self.is_busy = False
                reply = {"broken": type(error).__name__}
            if (
                os.getpid() != own
            ):  # a fork of the student's has come back from the call; there is one process
                os._exit(0)
            try:
                body = json.dumps({**reply, "id": request["id"]}, default=str).encode()
            except (TypeError, ValueError, RecursionError) as error:
                body = json.dumps({"broken": type(error).__name__, "id": request["id"]}).encode()
            await self.loop.sock_sendall(self.connection, LENGTH.pack(len(body)) + body)
            has_tasks = len(asyncio.all_tasks(self.loop)) > 1
            await asyncio.sleep(BETWEEN_CELLS if has_tasks else 0)

    async def _receive(self) -> dict | None:
        head = await self._read(LENGTH.size)
        return json.loads(await self._read(*LENGTH.unpack(head))) if head else None

    async def _read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = await self.loop.sock_recv(self.connection, min(count - len(data), 1 << 20))
            if not piece:
                return b""
            data += piece
        return bytes(data)

    async def put(self, request: dict) -> dict:
        """Write the files that came along with the notebook, as far as there is room and a place for them."""
        for path, content in request["files"].items():
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
                with open(path, "wb") as file:
                    file.write(base64.b64decode(content))
        return {}

    async def run(self, request: dict) -> dict:
        """Run one cell and return what it has shown."""
        outputs.start(request["limit"])
        sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
        number, self.shell.failed = self.shell.execution_count, None
        result = await self._run_cell(request["source"], silent=request["silent"])
        stopped = _stopped(result, self.shell.user_ns)
        if not stopped and request["source"].lstrip().startswith("%%"):
            stopped = _stopped(self.shell.failed, self.shell.user_ns, [1])
        return {"outputs": outputs.taken(), "execution_count": number, "stopped": stopped}

    async def _run_cell(self, source: str, *, silent: bool) -> ExecutionResult | None:
        """Run a cell as ipykernel does: one that awaits something at its top is a task of its own."""
        shell, how = self.shell, {"store_history": not silent, "silent": silent}
        code, failed = source, None
        try:
            code = shell.transform_cell(source)
        except Exception:
            failed = sys.exc_info()
        about = {"transformed_cell": code, "preprocessing_exc_tuple": failed}
        if not shell.should_run_async(source, **about):
            return shell.run_cell(source, **how)
        result = None
        try:
            self.cell = self.loop.create_task(shell.run_cell_async(source, **how, **about))
            result = await self.cell
        finally:
            self.cell = None
            shell.events.trigger("post_execute")
            if not silent:
                shell.events.trigger("post_run_cell", result)
        return result

    async def ask(self, request: dict) -> dict:
        """Put one question to a function and return the packed answer."""
        outputs.start(0)
        return {"answer": kernel_side.answer(request["question"], self.shell.user_ns)}


def _message(error: BaseException) -> str:
    """Return what an error says; the student may have written how it does, wrongly."""
    try:
        return str(error)
    except Exception as another:
        return f"(its message cannot be made: {type(another).__name__})"


def _stopped(result: ExecutionResult | None, namespace: dict, around: Sequence[int] = ()) -> dict | None:
    """Return what has stopped a cell, and in which of its lines, or None; `around` are those around it."""
    error = result and (result.error_before_exec or result.error_in_exec)
    if not error:
        return None
    message = _message(error)
    if isinstance(error, SyntaxError) and error is result.error_before_exec:
        lines, message = [error.lineno], error.msg
    else:
        frames = traceback.walk_tb(error.__traceback__)
        of_cells = ((f, line) for f, line in frames if f.f_globals is namespace)
        lines = [line for frame, line in of_cells if frame.f_code.co_name == "<module>"]
    return {"lines": [*around, *lines][:2], "error": type(error).__name__, "message": str(message)[:1000]}


def serve(connection: socket.socket, place: str, environment: dict[str, str]) -> None:
    """Become the process of one student, with `place` as its only folder."""
    os.umask(0o077)
    home, work = f"{place}/home", f"{place}/submission"
    os.makedirs(home)
    os.makedirs(work)
    os.chdir(work)
    os.environ.clear()
    os.environ.update(environment, HOME=home, TMPDIR=place, MPLCONFIGDIR=f"{home}/matplotlib")
    tempfile.tempdir = None  # what the warm parent has found is not there any more
    sys.path.insert(0, "")
    stand_ins.settle(Shell.instance(), home, work)
    builtins.input = _no_input
    threading.excepthook = lambda *_: None
    for name in ("groups", "isolation", "kernel_side", "shell", "stand_ins", "usage"):
        sys.modules.pop(name, None)  # a student's own file may be called so
    Student(connection).serve()


def _no_input(prompt: object = "") -> str:
    raise EOFError("nobody is there to answer while a notebook is graded")
