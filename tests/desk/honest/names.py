"""Notebooks under other names, several of them, deeper in folders, in archives; files that nobody made."""

import io
import re
import shutil
import zipfile
from pathlib import Path

import nbformat

from tests.classes import CHAPTER, TD_ERRORS, cell
from tests.desk.honest import Case, folder, named

OTHER_NAMES = """
Copy of X.ipynb | X copy.ipynb | X - Copy.ipynb | X - Copy (2).ipynb | X (1).ipynb | X(2).ipynb
X-Copy1.ipynb | X_2.ipynb | X-2.ipynb | X 3.ipynb | X.IPYNB | smith_X.ipynb | X_final.ipynb | X_FINAL_v2.ipynb
doejane_LATE_12345_678901_X-1.ipynb | doejane_12345_678901_X.ipynb | Jane Doe_1234567_X.ipynb
Kopie von X.ipynb | X - Kopie.ipynb | X_endgültig.ipynb | Copie de X.ipynb | X - copie.ipynb
X_à rendre.ipynb | homework.ipynb | Untitled.ipynb | X.ipynb.ipynb | X.nb.ipynb | X-checkpoint.ipynb
my work!.ipynb | 2026-11-27 X.ipynb
"""


def renamed(name: str) -> Case:
    return folder(
        lambda path: path.rename(path.parent.joinpath(name)) and None,
        page=("What was graded", name),
        said=f"from the notebook {name}",
    )


NAMES = {f"called {name}": renamed(named(name)) for name in re.split(r" \| |\n", OTHER_NAMES.strip())}
NAMES["in other case"] = renamed(CHAPTER.upper() + ".ipynb")


def with_stub(name: str):
    """Put the empty released notebook beside, under a name."""

    def arrange(path: Path) -> None:
        course, target = path.parents[3], path.parent.joinpath(named(name))
        target.parent.mkdir(exist_ok=True)
        shutil.copy(course / "release" / CHAPTER / f"{CHAPTER}.ipynb", target)

    return arrange


def answered_and_stub(answered: str, stub: str):
    def arrange(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        with_stub(stub)(path)
        path.parent.joinpath(named(answered)).write_bytes(content)

    return arrange


def twice(first: str, second: str):
    def arrange(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        for name in (first, second):
            path.parent.joinpath(named(name)).write_bytes(content)

    return arrange


def stub_in_the_way(arrange):
    """Put the answered notebook elsewhere, and the empty one under the chapter's name."""

    def both(path: Path) -> None:
        arrange(path)
        with_stub("X.ipynb")(path)

    return both


def broken_beside(text: str):
    def arrange(path: Path) -> None:
        path.rename(path.parent.joinpath("mine.ipynb"))
        path.write_text(text, "utf-8")

    return arrange


def deeper(inside: str):
    def arrange(path: Path) -> None:
        target = path.parent.joinpath(named(inside))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)

    return arrange


def zipped(archive: str, inside: str, kind: int = zipfile.ZIP_DEFLATED):
    def arrange(path: Path) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", kind) as file:
            file.writestr(named(inside), path.read_bytes())
            file.writestr("__MACOSX/._" + named(inside), b"nothing")
        path.parent.joinpath(named(archive)).write_bytes(buffer.getvalue())
        path.unlink()

    return arrange


def beside(*names: str):
    """Put files there that programs leave about: each would be a notebook by its name."""

    def arrange(path: Path) -> None:
        for name in map(named, names):
            target = path.parent.joinpath(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"\x00\x05\x16\x07 nothing that a person made")

    return arrange


def another_name(name: str, **more: object) -> dict:
    return {"page": ("What was graded", named(name)), "said": f"from the notebook {named(name)}", **more}


SEVERAL = {
    "a stub beside": folder(with_stub("X (1).ipynb")),
    "an old stub beside": folder(with_stub("old/X.ipynb")),
    "a stub of another name": folder(with_stub("backup.ipynb")),
    "the copy answered": folder(answered_and_stub("X (1).ipynb", "X.ipynb"), **another_name("X (1).ipynb")),
    "another answered": folder(answered_and_stub("mine.ipynb", "X.ipynb"), **another_name("mine.ipynb")),
    "both others": folder(answered_and_stub("mine.ipynb", "theirs.ipynb"), **another_name("mine.ipynb")),
    "the same twice": folder(twice("X.ipynb", "X (1).ipynb")),
    "the same twice under other names": folder(twice("a.ipynb", "b.ipynb"), **another_name("a.ipynb")),
    "the same in a folder": folder(twice("X.ipynb", "X copy.ipynb")),
    "an empty file beside": folder(lambda path: path.parent.joinpath("other.ipynb").touch()),
    "a broken file of the name": folder(broken_beside("{"), **another_name("mine.ipynb")),
    "an empty file of the name": folder(broken_beside(""), **another_name("mine.ipynb")),
}
PLACES = {
    "one folder deeper": folder(deeper("X/X.ipynb"), **another_name("X/X.ipynb")),
    "a folder of another name": folder(deeper("my work/X.ipynb"), **another_name("my work/X.ipynb")),
    "two folders deeper": folder(deeper("a/b/X.ipynb"), **another_name("a/b/X.ipynb")),
    "a folder like a notebook": folder(deeper("X.ipynb.d/X.ipynb"), **another_name("X.ipynb.d/X.ipynb")),
    "in an archive": folder(zipped("X.zip", "X.ipynb"), **another_name("X.zip/X.ipynb")),
    "in an archive deeper": folder(zipped("X.zip", "X/X.ipynb"), **another_name("X.zip/X/X.ipynb")),
    "in an archive of another name": folder(
        zipped("abgabe.ZIP", "mine.ipynb"), **another_name("abgabe.ZIP/mine.ipynb")
    ),
    "in an archive not packed": folder(
        zipped("X.zip", "X.ipynb", zipfile.ZIP_STORED), **another_name("X.zip/X.ipynb")
    ),
}
PLACES |= {
    "a stub above it": folder(stub_in_the_way(deeper("final/X.ipynb")), **another_name("final/X.ipynb")),
    "a stub beside its archive": folder(
        stub_in_the_way(zipped("hand_in.zip", "X.ipynb")), **another_name("hand_in.zip/X.ipynb")
    ),
    "a stub beside Jupyter's copy": folder(
        stub_in_the_way(deeper("X-checkpoint.ipynb")), **another_name("X-checkpoint.ipynb")
    ),
    "in an archive with a dot": folder(zipped("X.zip", "./X.ipynb"), **another_name("X.zip/X.ipynb")),
    "in an archive from the root": folder(
        zipped("X.zip", "/home/me/X.ipynb"), **another_name("X.zip/home/me/X.ipynb")
    ),
    "in an archive of a Mac": folder(zipped("X.zip", "27:11/X.ipynb"), **another_name("X.zip/27_11/X.ipynb")),
}
MADE_BY_NOBODY = {
    "files of a Mac": folder(beside("._X.ipynb", ".DS_Store", "__MACOSX/X.ipynb")),
    "checkpoints": folder(beside(".ipynb_checkpoints/X-checkpoint.ipynb", ".X-checkpoint.ipynb")),
    "files of Windows": folder(beside("desktop.ini", "Thumbs.db", "~X.ipynb")),
    "files of a server": folder(beside("@eaDir/X.ipynb", ".~X.ipynb", ".git/X.ipynb")),
}


def two_answers(path: Path) -> None:
    content = path.read_text("utf-8")
    path.parent.joinpath("other.ipynb").write_text(
        content.replace("rewards + gamma", "rewards - gamma"), "utf-8"
    )


def helper_differs(path: Path) -> None:
    """Answer by a helper in a cell of its own, which is another in the other notebook."""
    notebook = nbformat.read(path, as_version=4)
    cell(notebook, "td_errors").source = TD_ERRORS.replace(
        "next_values * ~terminated", "later(next_values, terminated)"
    )
    notebook.cells.insert(1, nbformat.v4.new_code_cell("def later(n, t):\n    return n * ~t"))
    nbformat.write(notebook, path)
    notebook.cells[1].source = "def later(n, t):\n    return n * t"
    nbformat.write(notebook, path.parent / "other.ipynb")


def newer_is_cut_off(path: Path) -> None:
    """Keep an older notebook beside one of the chapter's name that did not arrive whole."""
    content = path.read_bytes()
    path.rename(path.parent / "mine.ipynb")
    path.write_bytes(content[: len(content) // 2])


def two_other_names(path: Path) -> None:
    two_answers(path)
    path.rename(path.parent.joinpath("mine.ipynb"))


def two_in_a_folder(path: Path) -> None:
    two_answers(path)
    deeper("in/X.ipynb")(path)
    path.parent.joinpath("other.ipynb").rename(path.parent / "in" / "other.ipynb")


UNDECIDED = {
    "two that differ": folder(two_answers),
    "two that differ under other names": folder(two_other_names),
    "two whose helpers differ": folder(helper_differs),
    "two that differ in a folder": folder(two_in_a_folder),
}
"""Those of which a person has to say which notebook counts; all but one are right."""
CUT_OFF = folder(newer_is_cut_off)
"""One that counts only if a person says so: the file of the chapter's name cannot be read."""
CASES = NAMES | SEVERAL | PLACES | MADE_BY_NOBODY
