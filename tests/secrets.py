"""Search files for what students must not see: references, hidden cases, misconceptions, marking guides."""

import ast
import html
import inspect
import io
import json
import re
import textwrap
import zipfile
from functools import cache
from pathlib import Path

import solutions
from autograder import exercises
from autograder.exercises import EXERCISES
from autograder.written import QUESTIONS

TEXT = {".html", ".md", ".txt", ".js", ".json", ".ipynb", ".py", ".css", ".inv", ".xml", ".mplstyle"}
SHORTEST = 25
"""Characters below which a body is a line that prose or a demonstration may well share."""


def secrets_in(path: Path) -> set[str]:
    """Return the names of the secrets found in a file; archives and notebooks are looked into."""
    return {name for text in _texts(path.name, path.read_bytes()) for name in _found(normalise(text))}


def _found(text: str) -> set[str]:
    return {name for name, secret in secrets().items() if secret in text}


def _texts(name: str, content: bytes) -> list[str]:
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [text for each in archive.namelist() for text in _texts(each, archive.read(each))]
    if Path(name).suffix not in TEXT:
        return []
    text = content.decode("utf-8", "replace")
    if name.endswith(".ipynb"):
        return [text, *("".join(cell["source"]) for cell in json.loads(text)["cells"])]
    return [text, html.unescape(re.sub(r"<[^>]*>", "", text))]


def normalise(text: str) -> str:
    """Return the text without white space, comments and the difference between quotes."""
    text = re.sub(r"(?m)#.*$", "", text)
    return re.sub(r"\s+", "", text).replace('"', "'")


@cache
def secrets() -> dict[str, str]:
    """Return each secret by its name, normalised."""
    found = {f"reference of {name}": _body(getattr(solutions, name)) for name in solutions.__all__}
    for name, exercise in EXERCISES.items():
        for misconception in exercise.misconceptions:
            found[f"misconception of {name}: {misconception.sentence}"] = normalise(misconception.sentence)
            found[f"wrong {name}: {misconception.wrong.__name__}"] = _body(misconception.wrong)
    for module in Path(exercises.__file__).parent.glob("*.py"):
        source = module.read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Case":
                found[f"case in {module.stem}, line {node.lineno}"] = normalise(
                    ast.get_source_segment(source, node)
                )
    for name, question in QUESTIONS.items():
        for number, paragraph in enumerate(question.marking.split("\n\n")):
            found[f"marking of {name}, paragraph {number}"] = normalise(paragraph)
    return {name: secret for name, secret in found.items() if len(secret) >= SHORTEST}


def _body(function) -> str:
    if function.__name__ == "<lambda>":  # what is read of it may begin anywhere
        return ""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    tree = ast.parse(source).body[0]
    if not isinstance(tree, ast.FunctionDef):
        return ""
    body = tree.body[1:] if ast.get_docstring(tree) else tree.body
    return normalise("\n".join(source.splitlines()[body[0].lineno - 1 :]))
