"""Questions and answers as they travel: what a student's process is sent, what is read of its reply."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograder.inside import kernel_side


@dataclass(frozen=True)
class Answer:
    """What the student's process sent back to one question.

    `status` is returned, raised, missing, unsupported (the value's type cannot travel) or unreadable;
    or, said by the grader, did_not_return or not_asked.
    """

    status: str
    value: Any = None
    arguments: tuple = ()
    error: str = ""
    message: str = ""
    line: str = ""
    called: str = ""


Ask = Callable[[str, tuple], Answer]
"""Put a function's name and arguments to the student's process and return its answer."""


def pack_question(name: str, arguments: tuple) -> str:
    """Return the text that asks the student's process for `name(*arguments)`."""
    return json.dumps({"function": name, "arguments": [kernel_side.encode(each) for each in arguments]})


def unpack_answer(text: str) -> Answer:
    """Read what came back. Nothing in it is executed; what cannot be read is an answer of its own kind."""
    if len(text) > kernel_side.MAX_TEXT:
        return Answer("unreadable", message="it is too large")
    try:
        data = json.loads(text)
        if data["status"] != "returned":
            told = {key: str(data.get(key, ""))[:500] for key in ("error", "message", "line", "called")}
            return Answer(str(data["status"])[:500], **told)
        arguments = tuple(kernel_side.decode(each) for each in data["arguments"])
        return Answer("returned", kernel_side.decode(data["value"]), arguments)
    except Exception as error:  # hostile text can make json and NumPy's file reader raise almost anything
        return Answer("unreadable", message=type(error).__name__)


def ask_here(function: Callable) -> Ask:
    """Return an `Ask` that calls `function` in this process through the wire format. Trusted code only."""

    def ask(name: str, arguments: tuple) -> Answer:
        return unpack_answer(kernel_side.answer(pack_question(name, arguments), {name: function}))

    return ask
