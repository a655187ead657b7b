"""Markdown for JupyterLab: what only the site can resolve becomes plain text and links.

JupyterLab with jupyterlab-myst shows directives, mathematics, and references inside one notebook. It knows
neither the bibliography, nor other chapters, nor the captions that figures carry in their cells' metadata.
"""

import re
from functools import cache

import nbformat
from nbformat import NotebookNode
from pybtex.database import Entry, parse_file

from autograder.chapter.cells import BOOK

BIBLIOGRAPHY = BOOK / "references.bib"

_ROLE = re.compile(r"\{(cite(?::[pt])?|eq|numref|ref|doc)\}`([^`]+)`")
_LABEL = re.compile(
    r"^\s*:label:\s*(\S+)|^\(([\w:.-]+)\)=\s*$|\\label\{([^}]+)\}|^\$\$\s*\(([\w:.-]+)\)\s*$", re.M
)


def plain_markdown(notebook: NotebookNode, figures_before: int = 0) -> NotebookNode:
    """Return the notebook with its Markdown made plain and each figure's caption in a cell below it.

    `figures_before` counts the figures of the pages before: a figure has the number that it has on the site.
    """
    labels = _labels(notebook)
    figures = {name: f"Figure {n}" for n, name in enumerate(figure_names(notebook), start=figures_before + 1)}
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _plain(cell.source, labels, figures)
        cells.append(cell)
        if caption := _figure(cell).get("caption"):
            number = figures[_figure(cell)["name"]]
            below = nbformat.v4.new_markdown_cell(f"*{number}.* {_plain(caption, labels, figures)}".strip())
            below["id"] = f"{cell['id'][-56:]}-caption"
            cells.append(below)
    notebook.cells = cells
    return notebook


def _figure(cell: NotebookNode) -> dict:
    return cell.metadata.get("mystnb", {}).get("figure", {})


def figure_names(notebook: NotebookNode) -> list[str]:
    """Return the names of a notebook's figures, in order."""
    return [_figure(cell)["name"] for cell in notebook.cells if "name" in _figure(cell)]


def _labels(notebook: NotebookNode) -> set[str]:
    """Return the labels that are defined in the notebook itself."""
    found = (_LABEL.findall(cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    return {label for matches in found for groups in matches for label in groups if label}


def _plain(text: str, labels: set[str], figures: dict[str, str]) -> str:
    def resolve(match: re.Match) -> str:
        role, content = match.groups()
        if role.startswith("cite"):
            return _cite(content, textual=role == "cite:t")
        title, target = _title_and_target(content)
        if target in figures:
            return title or figures[target]
        if role in ("eq", "ref", "numref") and target in labels:
            return match.group(0)
        return title or target.rsplit("/", 1)[-1].replace("_", " ")

    return _ROLE.sub(resolve, text)


def _title_and_target(content: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)\s*<([^>]+)>", content, re.S)
    return (match[1], match[2]) if match else ("", content)


def _cite(keys: str, *, textual: bool) -> str:
    shown = [_author_year(entry, textual=textual) for entry in map(_entries().__getitem__, keys.split(","))]
    return ", ".join(shown) if textual else f"({'; '.join(shown)})"


@cache
def _entries() -> dict[str, Entry]:
    return dict(parse_file(str(BIBLIOGRAPHY)).entries)


def _author_year(entry: Entry, *, textual: bool) -> str:
    names = [" ".join(person.last_names).strip("{}") for person in entry.persons["author"]]
    authors = {1: names[0], 2: " and ".join(names[:2])}.get(len(names), f"{names[0]} et al.")
    year = entry.fields["year"]
    shown = f"{authors} ({year})" if textual else f"{authors}, {year}"
    return f"[{shown}]({url})" if (url := _address(entry)) else shown


def _address(entry: Entry) -> str:
    doi = entry.fields.get("doi")
    return entry.fields.get("url") or (f"https://doi.org/{doi}" if doi else "")
