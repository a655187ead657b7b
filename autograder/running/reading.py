"""Read a notebook as Jupyter opens it: what only its schema would refuse is put right, what is none is named.

Whatever a cell holds beside its type, source, name, tags and attachments decides on nothing, and is dropped.
"""

import json
import re
from collections.abc import Iterable
from itertools import count
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.running.sandbox import holds_more_than

MOST_VALUES, MOST_DEPTH = 5_000_000, 100
"""How many values a file may hold, and how deep one may lie in others; a fifth is for what is no output, and
no line of a cell."""
MOST_CHARACTERS = 1_000_000
"""How many characters the code of a notebook may have, and how many its text, where no setting says it."""
FIRST_LINES, LINE = 20, 200
"""How many lines are kept of a cell that is left out, and how many characters of each."""
LEFT_OUT = "The grader has left this cell out: its {count} are more than a notebook may hold. It began:"
KINDS = {"code": "code", "markdown": "markdown", "html": "markdown", "heading": "markdown"}
"""The type of a cell by what is written, also in the older formats; any other is raw, as in JupyterLab."""
SOURCES = ("source", "input", "code", "text")
"""Where the source of a cell stands, in the newer formats and in the older ones."""
PICTURE = re.compile(r"data:image/[\w.+-]+;base64,[\w/+=%]+")
"""A picture in a text, as Colab puts one there: it counts for no character of the text."""
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive under the name of a notebook. Unpack it and hand in the notebook itself.",
    b"Rar!": "an archive under the name of a notebook. Unpack it and hand in the notebook itself.",
    b"7z\xbc\xaf": "an archive under the name of a notebook. Unpack it and hand in the notebook itself.",
    b"\x1f\x8b": "an archive under the name of a notebook. Unpack it and hand in the notebook itself.",
    b"%PDF": "a PDF. Hand in the notebook itself, the file that Jupyter saves, and not a print of it.",
    b"\x89PNG": "a picture. Hand in the notebook itself, the file that Jupyter saves.",
    b"\xff\xd8\xff": "a picture. Hand in the notebook itself, the file that Jupyter saves.",
    b"version https://git-lfs": "what Git keeps in the place of a large file. Run `git lfs pull`, open the "
    "notebook in Jupyter, and hand in that file.",
}
"""What a file is that begins with these bytes, and what its owner can do."""
AGAIN = "Open your notebook in Jupyter, save it, and hand in the file that Jupyter has saved."


class UnreadableError(Exception):
    """A file is no notebook that can be graded; the message says to the student why, and what to do."""


def read_notebook(
    content: bytes, file: str, most_cells: int, most_characters: int = MOST_CHARACTERS
) -> NotebookNode:
    """Return the notebook that a file called `file` holds, valid in the newest format, without any output.

    Of its longest cells only the first lines are left where it has more than `most_characters`. Raises
    `UnreadableError` where it holds none, or more than any notebook of a chapter can need.
    """
    as_written = _parsed(content, file)
    cells = _cells(as_written, file)
    if len(cells) > most_cells:  # to read so many takes minutes
        raise UnreadableError(
            f"The notebook {file} has {len(cells):,} cells; {most_cells:,} are the most that are run. "
            "Delete those that you do not need."
        )
    if not cells:
        raise UnreadableError(f"The notebook {file} has no cells. {AGAIN}")
    for cell in cells:
        cell.pop("outputs", None)  # none counts
        cell.update({key: text for key in SOURCES if (text := _text(cell.get(key))) is not None})
    if _is_too_much(as_written):
        raise _too_much(file)
    read = [_cell(cell, number, file) for number, cell in enumerate(cells, start=1)]
    leave_out(read, most_characters)
    _name_cells(read, [cell.get("id") for cell in cells])
    return nbformat.from_dict({"cells": read, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _parsed(content: bytes, file: str) -> Any:
    """Return the JSON of a file as Python has it."""
    if not content.strip():
        raise UnreadableError(f"The file {file} is empty ({len(content):,} bytes). {AGAIN}")
    if kind := next((said for begin, said in OTHER_KINDS.items() if content.startswith(begin)), ""):
        raise UnreadableError(f"The file {file} is {kind}")
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        raise UnreadableError(
            f"The file {file} is no notebook: it is not text in UTF-8, as notebooks are. {AGAIN}"
        ) from None
    if holds_more_than(MOST_VALUES, text.encode("utf-8", "replace")):
        raise _too_much(file)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"The file {file} {_why_no_json(text, error)}") from None
    except (ValueError, RecursionError):  # an integer, or a nesting, longer than Python reads
        raise _too_much(file) from None


def _too_much(file: str) -> UnreadableError:
    return UnreadableError(
        f"The file {file} holds far more than any notebook of this chapter can need. Delete what you do not "
        "need, and hand it in again."
    )


def _why_no_json(text: str, error: json.JSONDecodeError) -> str:
    """Return what a text is that is no JSON, as the rest of a sentence, and what its owner can do."""
    begin = text.lstrip("\ufeff \t\r\n")
    if mark := re.search(r"^(<{7}|>{7}) .*$", text, re.M):
        line = text.count("\n", 0, mark.start()) + 1
        return (
            f"holds the marks of a merge that Git could not finish, the first in line {line}. Choose one of "
            "the two versions of each part, or take your last whole version, and open it in Jupyter before "
            "you hand it in again."
        )
    if begin.startswith("<"):
        return (
            "is a web page, as one that asks to log in and was saved in the place of the notebook. Download "
            "the notebook itself, and open it in Jupyter before you hand it in again."
        )
    if begin.startswith("{") and _is_cut(text[error.pos :].rstrip(), error):
        return (
            f"is cut off: it ends in the middle, after {len(text):,} characters, as a download that broke "
            "off does. Hand in the whole file."
        )
    if re.search(r"^(import |from \w+ import |def |# %%|# In\[)", text, re.M) and not begin.startswith("{"):
        return "is a Python script under the name of a notebook. Hand in the notebook itself, with its cells."
    return (
        f"is no notebook: it is not JSON, the form in which notebooks are saved (line {error.lineno}, column "
        f"{error.colno}). {AGAIN}"
    )


def _is_cut(rest: str, error: json.JSONDecodeError) -> bool:
    """Tell whether JSON ends too early: from its error on stands the beginning of a part, or nothing."""
    words = ("true", "false", "null", "-", ".", "e+", "e-", "E+", "E-")
    in_escape = re.fullmatch(r"\\?u?[0-9a-fA-F]{0,4}", rest) and "escape" in error.msg
    return error.msg.startswith("Unterminated") or bool(in_escape) or any(w.startswith(rest) for w in words)


def _cells(as_written: Any, file: str) -> list[dict]:
    """Return the cells of a notebook as it is written, in whatever version of the format."""
    parts = as_written.get("worksheets") if isinstance(as_written, dict) else None
    parts = [as_written, *(parts if isinstance(parts, list) else [])]
    lists = [part.get("cells") for part in parts if isinstance(part, dict)]
    lists = [each for each in lists if isinstance(each, list)]
    if not lists:
        raise UnreadableError(f"The file {file} is no notebook: it has no list of cells. {AGAIN}")
    cells = [cell for each in lists for cell in each]
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict):
            raise UnreadableError(f"The notebook {file} cannot be read: its cell {number} is none. {AGAIN}")
    return cells


def _cell(cell: dict, number: int, file: str) -> NotebookNode:
    """Return a cell with what decides on something; all else that it may hold is dropped."""
    source = next((text for key in SOURCES if (text := _text(cell.get(key))) is not None), None)
    if source is None:
        raise UnreadableError(
            f"The notebook {file} cannot be read: its cell {number} has no source that is text. {AGAIN}"
        )
    written = cell.get("cell_type")
    kind = KINDS.get(written, "raw") if isinstance(written, str) else "raw"
    if written == "heading":
        level = cell.get("level")
        source = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
    read = {"cell_type": kind, "metadata": _metadata(cell.get("metadata")), "source": source}
    if attachments := _attachments(cell.get("attachments")):
        read["attachments"] = attachments  # also of a code cell, until it is known what the cell is to be
    return nbformat.from_dict(read | ({"outputs": [], "execution_count": None} if kind == "code" else {}))


def leave_out(cells: Iterable[NotebookNode], most: int) -> None:
    """Leave the first lines of the longest cells, until all code, and all text, has no more characters.

    What is left of a cell of code does nothing: half of it might do what nobody has written.
    """
    by_kind: dict[bool, list[NotebookNode]] = {True: [], False: []}
    for cell in cells:
        by_kind[cell.cell_type == "code"].append(cell)
    for is_code, same in by_kind.items():
        lengths = [len(cell.source) - sum(map(len, PICTURE.findall(cell.source))) for cell in same]
        total = sum(lengths)
        for length, cell in sorted(zip(lengths, same, strict=True), key=lambda each: -each[0]):
            if total <= most:
                break
            cell.source = _beginning(cell.source, is_code=is_code)
            total -= length - len(cell.source)


def _beginning(source: str, *, is_code: bool) -> str:
    """Return the first lines of a cell, with a sentence about the rest; of code, as comments."""
    count = source.count("\n") + 1
    many = f"{count:,} lines" if count > FIRST_LINES else f"{len(source):,} characters"
    lines = [line[:LINE] for line in source[: FIRST_LINES * LINE].splitlines()[:FIRST_LINES]]
    rest = f"… {count - len(lines):,} lines more are not shown" if count > len(lines) else "… and so on"
    told = LEFT_OUT.format(count=many)
    if is_code:
        return "\n".join(["...  # " + told, *(f"# {line}".rstrip() for line in [*lines, rest])])
    return "\n".join([f"*({told})*", "", *lines, "", f"*({rest})*"])


def _text(value: Any) -> str | None:
    """Return a text that stands as one or as a list of lines, or None where it is no text."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    # JSON can write half of a character, and no file can hold it
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _metadata(metadata: Any) -> dict:
    """Return what nbgrader and the chapter say of a cell: name and tags as the format has them."""
    if not isinstance(metadata, dict):
        return {}
    about, name, tags = (metadata.get(key) for key in ("nbgrader", "name", "tags"))
    kept: dict[str, Any] = {"nbgrader": about} if isinstance(about, dict) else {}
    if name := _text(name):
        kept["name"] = name
    tags = re.split(r"[,\s]+", tags) if isinstance(tags, str) else tags if isinstance(tags, list) else []
    tags = dict.fromkeys(text for tag in tags if (text := _text(tag)) and "," not in text)
    return kept | ({"tags": [*tags]} if tags else {})


def _attachments(attachments: Any) -> dict:
    """Return the attached files: name → type → text."""
    if not isinstance(attachments, dict):
        return {}
    found = {
        _text(name): {
            _text(kind): text for kind, value in kinds.items() if (text := _text(value)) is not None
        }
        for name, kinds in attachments.items()
        if isinstance(kinds, dict)
    }
    return {name: kinds for name, kinds in found.items() if kinds}


def _name_cells(cells: Iterable[NotebookNode], ids: Iterable[Any]) -> None:
    """Give each cell its own id, and a new one to a cell whose id is none, or is another's already."""
    good = [its if isinstance(its, str) and ID.fullmatch(its) else "" for its in ids]
    taken, first = set(good), set()
    for number, (cell, its) in enumerate(zip(cells, good, strict=True)):
        new = (f"cell-{number}-{times}" for times in count())
        cell["id"] = its if its and its not in first else next(each for each in new if each not in taken)
        first.add(its)
        taken.add(cell["id"])


def _is_too_much(value: dict) -> bool:
    """Tell whether there are too many values, or one too deep in others: Python would recurse for each."""
    depth, found, level = 0, 0, [value]
    while level and depth <= MOST_DEPTH and found <= MOST_VALUES // 5:
        depth += 1
        found += sum(map(len, level))
        lists = [each.values() if isinstance(each, dict) else each for each in level]
        level = [inner for each in lists for inner in each if isinstance(inner, (dict, list))]
    return bool(level)
