"""The Sphinx extension that executes the book: it binds the reference and adds each student notebook.

Nothing that it inserts reaches a page: the cells it adds are removed before a page is written, and the
sources that the site shows are the files as they are.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from autograder.chapter.binding import bind, dependencies
from autograder.chapter.cells import ROOT, Chapter, exercise_names
from autograder.classroom.keeping import in_a_sentence, write_whole
from autograder.desk.release import student_files

DOWNLOADS = ROOT / "_build" / "notebooks"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx."""
    app.connect("builder-inited", give_kernels_the_root)
    app.connect("source-read", prepare_chapter)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def give_kernels_the_root(_: Sphinx) -> None:
    """Let the kernels that execute the book import `solutions`."""
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


def prepare_chapter(app: Sphinx, docname: str, source: list[str]) -> None:
    """Bind the reference in the text that Sphinx is about to read; link the student's notebook."""
    chapter = Chapter(Path(app.env.doc2path(docname)))
    notebook = chapter.notebook()
    for file in dependencies(notebook):
        app.env.note_dependency(str(file))
    text = source[0]
    if exercise_names(notebook):
        for file in sorted((ROOT / "autograder").rglob("*.py")):
            app.env.note_dependency(str(file))
        text = _with_download(text, _student_archive(chapter, Path(app.srcdir)))
    source[0] = bind(text, chapter.path)


def _student_archive(chapter: Chapter, srcdir: Path) -> str:
    """Zip what a student needs; return the archive's path as Sphinx reads it, from the top of the sources."""
    packed = DOWNLOADS / f"{chapter.name}.zip"
    with in_a_sentence(DOWNLOADS), tempfile.TemporaryDirectory() as scratch:
        DOWNLOADS.mkdir(parents=True, exist_ok=True)
        student_files(chapter, Path(scratch) / "files" / chapter.name)
        archive = shutil.make_archive(str(Path(scratch) / chapter.name), "zip", Path(scratch) / "files")
        write_whole(packed, Path(archive).read_bytes())
    return "/" + os.path.relpath(packed, srcdir)


def _with_download(text: str, archive: str) -> str:
    """Put the link to the student's notebook below the chapter's title."""
    lines = text.splitlines()
    title = next(i for i, line in enumerate(lines) if line.startswith("# "))
    link = f"{{download}}`Download this chapter as a notebook, with its exercises <{archive}>`"
    lines[title + 1 : title + 1] = ["", link, ""]
    return "\n".join(lines) + "\n"
