"""The student's process: cells run in IPython, questions put to functions, answers and outputs sent back.

A message is four bytes of length and that many bytes of JSON, in both directions. What is sent back is data
that the grader does not trust.
"""

import base64
import builtins
import contextlib
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from typing import Any

import kernel_side
import matplotlib
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

LENGTH = struct.Struct("!I")
LEFT_OUT = "\n[more output was left out: the notebook has shown as much as one may]\n"
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


class Publisher(DisplayPublisher):
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


class Result(DisplayHook):
    """What the value of a cell's last line goes to."""

    def write_output_prompt(self) -> None:
        """Write none: the notebook's format has a place for the number."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Show the value in all its forms."""
        packed, size = _bundle(format_dict)
        number = self.prompt_count
        shown = {"output_type": "execute_result", "data": packed, "metadata": md_dict or {}}
        outputs.add({**shown, "execution_count": number}, size)


class Shell(InteractiveShell):
    """IPython as a notebook's kernel has it, without the kernel."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        name, text = getattr(etype, "__name__", str(etype)), str(evalue)
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
        self.user_ns["_exit_code"] = done.returncode

    def ask_exit(self) -> None:
        """End the cell that calls `exit`."""
        raise SystemExit


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
    shell.reset(new_session=True)
    shell.execution_count = 1
    shell.user_ns.update(dict.fromkeys(("_", "__", "___"), ""))
    if threading.active_count() > 1:
        raise ImportError(f"a fork would lose these threads: {threading.enumerate()}")


class Student:
    """The student's process: what it is asked for, one request after the other."""

    def __init__(self, connection: socket.socket) -> None:
        """Listen on `connection`."""
        self.connection = connection
        self.shell = Shell.instance()
        self.is_busy = False
        self._answers = {"put": self.put, "run": self.run, "ask": self.ask}
        signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, *_: Any) -> None:
        if self.is_busy:
            raise KeyboardInterrupt

    def serve(self) -> None:
        """Answer until the grader hangs up."""
        own = os.getpid()
        while (request := self._receive()) is not None:
            try:
                self.is_busy = True
                reply = self._answers[request["do"]](request)
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
            self.connection.sendall(LENGTH.pack(len(body)) + body)

    def _receive(self) -> dict | None:
        head = self._read(LENGTH.size)
        return json.loads(self._read(*LENGTH.unpack(head))) if head else None

    def _read(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = self.connection.recv(min(count - len(data), 1 << 20))
            if not piece:
                return b""
            data += piece
        return bytes(data)

    def put(self, request: dict) -> dict:
        """Write the files that came along with the notebook, as far as there is room and a place for them."""
        for path, content in request["files"].items():
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
                with open(path, "wb") as file:
                    file.write(base64.b64decode(content))
        return {}

    def run(self, request: dict) -> dict:
        """Run one cell and return what it has shown."""
        outputs.start(request["limit"])
        sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
        number = self.shell.execution_count
        silent = request["silent"]
        self.shell.run_cell(request["source"], store_history=not silent, silent=silent)
        return {"outputs": outputs.taken(), "execution_count": number}

    def ask(self, request: dict) -> dict:
        """Put one question to a function and return the packed answer."""
        outputs.start(0)
        return {"answer": kernel_side.answer(request["question"], self.shell.user_ns)}


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
    builtins.input = _no_input
    threading.excepthook = lambda *_: None
    Student(connection).serve()


def _no_input(prompt: object = "") -> str:
    raise EOFError("nobody is there to answer while a notebook is graded")
