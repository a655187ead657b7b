"""Notebooks that Jupyter opens although its schema refuses them, and files that are no notebooks at all."""

import io
import json
import zipfile

import nbformat

from tests.desk.honest import Case, as_written, in_bytes, refused


def in_every_cell(kinds=("code", "markdown", "raw"), **changes):
    return lambda notebook: [cell.update(changes) for cell in notebook["cells"] if cell["cell_type"] in kinds]


def without(key):
    return lambda notebook: [cell.pop(key, None) for cell in notebook["cells"]]


def in_the_metadata(**changes):
    return lambda notebook: notebook["metadata"].update(changes)


def in_the_cells_metadata(**changes):
    return lambda notebook: [cell["metadata"].update(changes) for cell in notebook["cells"]]


def minor(number):
    return lambda notebook: notebook.update(nbformat_minor=number)


def in_one_text(notebook):
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])


def older(version):
    def change(notebook):
        content = nbformat.convert(nbformat.reads(json.dumps(notebook), as_version=4), version)
        notebook.clear()
        notebook.update(json.loads(nbformat.writes(content, version=version)))

    return change


RAW = {"cell_type": "raw", "id": "raw", "metadata": {}, "source": ""}
OPENED_BY_JUPYTER: dict[str, Case] = {
    name: as_written(change)
    for name, change in {
        "ids at minor 0": minor(0),
        "ids at minor 2": minor(2),
        "ids at minor 4": minor(4),
        "a minor of tomorrow": minor(99),
        "a minor in words": minor("five"),
        "no minor": lambda notebook: notebook.pop("nbformat_minor"),
        "no format at all": lambda notebook: [notebook.pop("nbformat"), notebook.pop("nbformat_minor")],
        "count missing": without("execution_count"),
        "count a text": in_every_cell(["code"], execution_count="1"),
        "count a fraction": in_every_cell(["code"], execution_count=1.0),
        "count a star": in_every_cell(["code"], execution_count="*"),
        "outputs missing": without("outputs"),
        "outputs null": in_every_cell(["code"], outputs=None),
        "words with outputs": in_every_cell(["markdown"], outputs=[]),
        "words with a count": in_every_cell(["markdown"], execution_count=None),
        "raw with outputs": lambda notebook: notebook["cells"].append(
            {
                "cell_type": "raw",
                "id": "raw",
                "metadata": {},
                "source": "",
                "outputs": [],
                "execution_count": 2,
            }
        ),
        "attachments of code": in_every_cell(["code"], attachments={}),
        "attachments null": in_every_cell(attachments=None),
        "a key of a tool": in_every_cell(block_group="0a1b"),
        "keys of a tool": in_every_cell(color="red", contentEditable=True),
        "ids numbers": in_every_cell(id=7),
        "ids null": in_every_cell(id=None),
        "ids empty": in_every_cell(id=""),
        "ids long": in_every_cell(id="x" * 65),
        "ids with a space": in_every_cell(id="a cell"),
        "ids missing": without("id"),
        "tags twice": in_the_cells_metadata(tags=["a", "a"]),
        "tags with a comma": in_the_cells_metadata(tags=["a,b"]),
        "tags a text": in_the_cells_metadata(tags="hide-input"),
        "tags null": in_the_cells_metadata(tags=None),
        "kernelspec a name": in_the_metadata(kernelspec={"name": "python3"}),
        "kernelspec empty": in_the_metadata(kernelspec={}),
        "kernelspec null": in_the_metadata(kernelspec=None),
        "kernelspec of another": in_the_metadata(kernelspec={"name": "conda-env-rl", "display_name": "rl"}),
        "language empty": in_the_metadata(language_info={}),
        "language null": in_the_metadata(language_info=None),
        "title a list": in_the_metadata(title=["a"]),
        "authors a text": in_the_metadata(authors="a, b"),
        "signature a number": in_the_metadata(signature=5),
        "metadata null": lambda notebook: notebook.update(metadata=None),
        "metadata missing": lambda notebook: notebook.pop("metadata"),
        "cell metadata null": in_the_cells_metadata(collapsed=None, scrolled=None, name=None, jupyter=None),
        "scrolled a number": in_the_cells_metadata(scrolled=1, collapsed="yes", editable="no"),
        "jupyter a text": in_the_cells_metadata(jupyter="hidden", format=5),
        "sources in one text": in_one_text,
        "format 3": older(3),
        "format 2": older(2),
        "keys at the top": lambda notebook: notebook.update(widgets={}, cells_count=3),
    }.items()
}
OPENED_BY_JUPYTER |= {
    "a byte order mark": in_bytes(lambda content: b"\xef\xbb\xbf" + content),
    "lines of Windows": in_bytes(lambda content: content.replace(b"\n", b"\r\n")),
    "sixteen bits": in_bytes(lambda content: content.decode().encode("utf-16")),
}


def conflict(content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join(
        [*lines[:5], b"<<<<<<< HEAD", lines[5], b"=======", lines[5], b">>>>>>> theirs", *lines[6:]]
    )


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notebook.ipynb", content)
    return buffer.getvalue()


NOT_JSON = {
    "nothing": (b"", "is empty (0 bytes)"),
    "blanks": (b"  \n\n", "is empty (4 bytes)"),
    "a line end": (b"\n", "is empty (1 bytes)"),
    "login page": (b"<!DOCTYPE html><html><title>Log in</title></html>", "is a web page"),
    "error page": (b"\n<html><body>404</body></html>", "is a web page"),
    "exported page": (b"<?xml version='1.0'?><html></html>", "is a web page"),
    "gzip": (b"\x1f\x8b\x08" + bytes(20), "is an archive under the name of a notebook"),
    "rar": (b"Rar!\x1a\x07" + bytes(20), "is an archive under the name of a notebook"),
    "pdf": (b"%PDF-1.7\n" + bytes(20), "is a PDF"),
    "picture": (b"\x89PNG\r\n" + bytes(20), "is a picture"),
    "photograph": (b"\xff\xd8\xff\xe0" + bytes(20), "is a picture"),
    "script": (b"import numpy as np\n\n\ndef f():\n    return 1\n", "is a Python script"),
    "percent script": (b"# %%\nx = 1\n", "is a Python script"),
    "exported script": (b"#!/usr/bin/env python\n# In[1]:\nx = 1\n", "is a Python script"),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\n",
        "what Git keeps in the place of a large file",
    ),
    "other JSON": (b'{"url": "somewhere"}', "it has no list of cells"),
    "a list": (b"[1, 2]", "it has no list of cells"),
    "cells a text": (b'{"cells": "none"}', "it has no list of cells"),
    "source a number": (b'{"cells": [{"cell_type": "code", "source": 5}]}', "its cell 1 has no source"),
    "source null": (b'{"cells": [{"source": "1"}, {"source": null}]}', "its cell 2 has no source"),
    "source of all types": (b'{"cells": [{"source": ["a", 1]}]}', "its cell 1 has no source that is text"),
    "noise": (bytes(range(128, 255)), "it is not text in UTF-8"),
}
NO_NOTEBOOKS: dict[str, Case] = {
    name: refused(lambda _, content=content: content, reason) for name, (content, reason) in NOT_JSON.items()
} | {
    "conflict": refused(conflict, "a merge that Git could not finish, the first in line 6"),
    "conflicts": refused(lambda content: conflict(conflict(content)), "a merge that Git could not finish"),
    "conflict at once": refused(
        lambda content: b"<<<<<<< HEAD\n" + content + b"=======\n" + content + b">>>>>>> theirs\n",
        "the first in line 1.",
    ),
    "cut in the middle": refused(lambda content: content[: len(content) // 2], "is cut off: it ends"),
    "cut at the end": refused(lambda content: content.rstrip()[:-1], "is cut off: it ends in the middle"),
    "cut at the start": refused(lambda content: content[:30], "is cut off"),
    "zip": refused(zipped, "is a zip archive under the name of a notebook. Unpack it"),
    "Latin 1": refused(lambda content: content + "é".encode("latin-1"), "it is not text in UTF-8"),
    "typed into": refused(lambda content: content.replace(b'"cells"', b"cells", 1), "it is not JSON"),
}
