"""Submissions that are odd files: notebooks that are none, links, pipes, devices, odd names, far too much."""

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest

from autograder.desk.feedback import feedback
from autograder.desk.report import table
from autograder.running.submissions import BadTimestampError, read
from autograder.running.workers import local
from tests.classes import CHAPTER, hand_in, notebook_path
from tests.hostile.batch import (
    HONEST,
    NEIGHBOURS,
    UNHARMED,
    WORKERS,
    grade_watched,
    honest,
    new_class,
    written,
)

STUB = {
    "cell_type": "code",
    "id": "odd",
    "metadata": {},
    "source": "1",
    "outputs": [],
    "execution_count": None,
}
HALF = "\ud800"
"""Half of a character: JSON can write it, UTF-8 cannot."""
FILES = [
    "conventions.json",
    "conventions.py",
    "course.mplstyle",
    "figures/__init__.py",
    "figures/e3_5_complete_formulas.py",
    "two_state.py",
]
"""What comes with the chapter."""
LISTING = """\
import json, os
found = [os.path.join(folder, name)[2:] for folder, _, names in os.walk(".") for name in names]
print(json.dumps(sorted(name for name in found if "__pycache__" not in name)))
"""
pytestmark = pytest.mark.heavy


def with_cell(**changes):
    """Return what adds a cell with these parts to a notebook."""
    return lambda notebook: notebook["cells"].append({**STUB, **changes})


def with_parts(**changes):
    """Return what changes these parts of a notebook."""
    return lambda notebook: notebook.update(changes)


def with_metadata(**changes):
    return lambda notebook: notebook["metadata"].update(changes)


def in_every_cell(**changes):
    return lambda notebook: [cell.update(changes) for cell in notebook["cells"]]


def without_ids(notebook):
    for cell in notebook["cells"]:
        del cell["id"]


def half_characters(notebook):
    """Put half of a character wherever a text can stand, and let the code make some."""
    with_metadata(**{HALF: HALF})(notebook)
    notebook["cells"].append({"cell_type": "markdown", "id": "text", "metadata": {HALF: 1}, "source": HALF})
    with_cell(source=f"'{HALF}'", metadata={"tags": [HALF]})(notebook)
    with_cell(id="print", source="print('\\ud800')")(notebook)
    with_cell(id="raise", source="raise ValueError('\\udfff')")(notebook)
    for cell in notebook["cells"]:
        match cell["metadata"].get("nbgrader", {}).get("grade_id"):
            case "gae":
                cell["source"] = "def gae(*arguments):\n    raise ValueError('\\ud800')"
            case "explain_time_limits":
                cell["source"] = f"Because {HALF}"


def characters_of_control(notebook):
    with_metadata(nul="\0")(notebook)
    with_cell(source="print('\\0\\x1b[31m\\x07\\r\\x0b')\n'\0'")(notebook)


def demotion(notebook):
    """Make it a notebook of format 3."""
    content = nbformat.convert(nbformat.reads(json.dumps(notebook), as_version=4), 3)
    notebook.clear()
    notebook.update(json.loads(nbformat.writes(content, version=3)))


WITH_WORDS = {"half characters", "a cell of no type", "attachments are a number"}
WITH_WORDS |= {"words of millions of lines"}
"""Those who have written words, or have a cell of text that may be words or was cut, for a person to read."""
SHOWN = {"output_type": "stream", "name": "stdout", "text": "x"}
RIGHT_AND_ODD = {
    "format 3": demotion,
    "a later minor format": with_parts(nbformat_minor=99),
    "an impossible minor format": with_parts(nbformat_minor=10**300),
    "the same id everywhere": in_every_cell(id="same"),
    "no ids": without_ids,
    "not a number": with_metadata(nan=float("nan"), infinity=float("-inf")),
    "an integer of four thousand digits": with_metadata(number=10**4000),
    "half characters": half_characters,
    "characters of control": characters_of_control,
    "another language": with_metadata(kernelspec={"name": "julia", "display_name": "J", "language": "julia"}),
    "outputs that are a text": with_cell(outputs="all right"),
    "outputs of all types": with_cell(
        outputs=[None, 1, "a", [], {"output_type": 5}, {"output_type": "error"}]
    ),
    "outputs of thirty megabytes": with_cell(outputs=[{**SHOWN, "text": "x" * 30_000_000}]),
    "outputs without number": with_cell(outputs=[SHOWN] * 300_000),
    "names of other types": with_cell(
        metadata={"nbgrader": {"grade_id": [1], "grade": True, "points": "all"}}
    ),
    "names without names": with_cell(metadata={"nbgrader": [1]}),
    "values in values": with_metadata(deep=[[[[[[[[[[[[[[[[[[[[{"a": [{}]}]]]]]]]]]]]]]]]]]]]]),
    "format 5": with_parts(nbformat=5),
    "format 0": with_parts(nbformat=0),
    "format in words": with_parts(nbformat="four"),
    "format in fractions": with_parts(nbformat_minor=4.5),
    "metadata is a list": with_cell(metadata=[]),
    "tags are a number": with_cell(metadata={"tags": 5}),
    "tags are lists": with_cell(metadata={"tags": [["exercise"], {}]}),
    "the name is a list": with_cell(metadata={"name": [], "tags": ["exercise", "hunt"]}),
    "a cell of no type": with_cell(cell_type="evil"),
    "no metadata": lambda notebook: notebook.pop("metadata"),
    "metadata is a number": with_parts(metadata=4),
    "ids are numbers": in_every_cell(id=4),
    "worksheets are a number": with_parts(worksheets=4),
    "attachments are a number": with_cell(cell_type="markdown", attachments=4),
    "a text of millions of lines": with_cell(source="a\n" * 2_500_000),
    "millions of lines, each a text": with_cell(source=["a\n"] * 2_500_000),
    "words of millions of lines": with_cell(cell_type="markdown", source="\n" * 20_000_000),
    "the extension of another program": with_cell(metadata={"tags": ["exercise", "hunt"], "name": "gae"}),
}
"""What may be in a file that deserves the points of its functions."""


def nested(depth, begin="[", end="]"):
    """Return what puts values into values, so deep that Python does not write it."""

    def change(text):
        mark = changed(text, with_metadata(x="mark"))
        return mark.replace(b'"mark"', (begin * depth + "1" + end * depth).encode())

    return change


WRITTEN_IN_ANOTHER_WAY = {
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "sixteen bits": lambda text: text.decode().encode("utf-16"),
    "white space": lambda text: b"\n" * 1_000_000 + text + b" " * 1_000_000,
}
NO_NOTEBOOK = {
    "nothing but nesting": lambda text: b"[" * 100_000 + b"]" * 100_000,
    "lists in lists": nested(300),
    "folders in folders": nested(400, '{"a":', "}"),
    **{f"as deep as Python goes, {depth}": nested(depth, '{"a":', "}") for depth in (485, 490, 495, 500)},
    "deeper than Python goes": nested(100_000),
    "an integer of ten thousand digits": nested(1, "9" * 10_000, ""),
    "millions of lists": nested(1, "[" + "[]," * 12_000_000, "]"),
    "millions of texts": nested(1, "[" + '"",' * 12_000_000, "]"),
    "millions of lists in sixteen bits": lambda text: ("[" + "[]," * 7_000_000 + "1]").encode("utf-16"),
    "cut off": lambda text: text[: len(text) // 2],
    "twice": lambda text: text + text,
    "noise": lambda text: os.urandom(10_000),
    "zeros": lambda text: bytes(1_000_000),
    "Latin 1": lambda text: text.replace(b"import", b"\xe9\xff import", 1),
    "a page": lambda text: b"<!doctype html><title>404</title>",
    "a list": lambda text: b"[]",
    "a number": lambda text: b"4",
    "null": lambda text: b"null",
}
"""Bytes that are no notebook, made of those of an honest one."""
WRONG_TYPES = {
    "source is a number": with_cell(source=5),
    "source is a list of all types": with_cell(source=["1", 2, None]),
    "cells are a dictionary": with_parts(cells={"a": 1}),
    "cells are null": with_parts(cells=None),
    "a cell is null": lambda notebook: notebook["cells"].append(None),
    "no cells": lambda notebook: notebook.pop("cells"),
    "a million cells": with_parts(cells=[{"cell_type": "raw", "metadata": {}, "source": ""}] * 700_000),
    "too many cells": with_parts(cells=[STUB] * 5001),
}
FORMAT_1 = {"nbformat": 1, "cells": [{"cell_type": "code", "code": "print(1)", "output": ""}]}


def changed(notebook, change):
    copy = json.loads(notebook)
    change(copy)
    return json.dumps(copy).encode()


def plain(name):
    """Return the name as one of a folder."""
    return name.replace(" ", "-").replace(",", "")


def hand_in_bytes(course, name, content):
    path = notebook_path(course, "submitted", plain(name))
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def listing(course, name):
    """Hand in an honest notebook that prints which files lie beside it; return its folder."""
    return hand_in(course, plain(name), written([("last", LISTING)])).parent


def secret_link(course):
    folder = listing(course, "links to secrets")
    (folder / "shadow.txt").symlink_to("/etc/shadow")
    (folder / "solutions").symlink_to(Path(__file__).parents[2] / "solutions")
    (folder / "neighbour").symlink_to(course.folder / "submitted" / NEIGHBOURS[0])
    (folder / "itself").symlink_to("itself")
    (folder / "here").symlink_to(".")
    (folder / "nowhere").symlink_to("/nowhere/at/all")


def pipes_and_sockets(course):
    folder = listing(course, "pipes and sockets")
    os.mkfifo(folder / "data.csv")
    with socket.socket(socket.AF_UNIX) as server:
        place = os.open(folder, os.O_RDONLY)  # the name of a socket has to be short
        server.bind(f"/proc/self/fd/{place}/socket.py")
        os.close(place)


def devices(course):
    folder = listing(course, "devices")
    os.mknod(folder / "zero.bin", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    os.mknod(folder / "disk.bin", 0o666 | stat.S_IFBLK, os.makedev(254, 0))


def odd_names(course):
    folder = os.fsencode(listing(course, "odd names"))
    for name in (
        b"two\nlines.txt",
        b"\xff\xfe.txt",
        b"-rf",
        b"a" * 251 + b".txt",
        b"*",
        b"$(reboot)",
        b"..txt",
        b"a\\b",
    ):
        with open(folder + b"/" + name, "xb") as file:
            file.write(b"content")


def many_files(course):
    folder = listing(course, "many files")
    for number in range(1500):
        (folder / f"{number:04}.txt").touch()


def deep_folders(course):
    path = listing(course, "deep folders")
    for _ in range(60):
        path = path / ("folder" * 10)
        path.mkdir()
    (path / "file.txt").touch()


def folders_without_end(course):
    """Put folders into folders, deeper than Python recurses."""
    here = os.open(listing(course, "folders without end"), os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("f", dir_fd=here)
        inside = os.open("f", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)


def enormous_file(course):
    path = listing(course, "an enormous file") / "enormous.bin"
    with path.open("wb") as file:
        file.truncate(10**12)  # takes no room


def files_like_modules(course):
    """Put files beside the notebook that are called as Python's modules are, and end whoever imports them."""
    folder = listing(course, "files like modules")
    for name in sys.stdlib_module_names:
        (folder / f"{name}.py").write_text("import os\nos._exit(1)\n")
    for name in ("numpy", "scipy", "matplotlib", "IPython", "sitecustomize", "usercustomize", "cffi"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("import os\nos._exit(1)\n")


def folders_like_files(course):
    """Put folders where the chapter has files."""
    folder = listing(course, "folders like files")
    for path in list(folder.iterdir()):
        if path.is_file() and path.suffix != ".ipynb":
            path.unlink()
            path.mkdir()
            (path / "file.txt").touch()


BESIDE = {
    "links to secrets": secret_link,
    "pipes and sockets": pipes_and_sockets,
    "odd names": odd_names,
    "many files": many_files,
    "deep folders": deep_folders,
    "an enormous file": enormous_file,
    "files like modules": files_like_modules,
} | ({"devices": devices} if os.geteuid() == 0 else {})
"""What may lie beside a right notebook."""


def folder_like_the_notebook(course):
    path = hand_in(course, "folder-like-the-notebook", honest)
    path.unlink()
    path.mkdir()
    (path / "file.txt").touch()


def path_as_long_as_may_be(course):
    """Make a path that has room here, and none where the graded notebooks lie."""
    here = os.open(listing(course, "path as long as may be"), os.O_RDONLY)
    length = len(os.readlink(f"/proc/self/fd/{here}"))
    while length < 4090:
        name = "f" * min(200, 4090 - length)
        length += len(name) + 1
        os.mkdir(name, dir_fd=here)
        here = os.open(name, os.O_RDONLY, dir_fd=here)
    os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here))


IN_THE_WAY = {
    "folders-like-files": folders_like_files,
    "folder-like-the-notebook": folder_like_the_notebook,
    "path-as-long-as-may-be": path_as_long_as_may_be,
    "folders-without-end": folders_without_end,
}
"""Files for which there is no place beside the graded notebook."""


def in_the_place_of_the_notebook(make):
    """Return what hands in whatever `make` makes in the place of a notebook."""

    def put(course, name):
        path = hand_in(course, plain(name), honest)
        path.unlink()
        make(course, path)

    return put


def folder_is_a_link(course, name):
    path = notebook_path(course, "submitted", plain(name)).parent
    path.parent.mkdir(parents=True)
    path.symlink_to(notebook_path(course, "submitted", NEIGHBOURS[0]).parent)


def name_of_half_a_character(course, path):
    os.rename(hand_in(course, "passing", honest), os.fsencode(path.parent) + b"/\xff\n.ipynb")
    for each in [*path.parents[2].joinpath("passing").rglob("*")][::-1]:
        each.rmdir() if each.is_dir() else each.unlink()
    path.parents[2].joinpath("passing").rmdir()


INSTEAD = {
    "a link to the solution": (
        lambda course, path: path.symlink_to(notebook_path(course, "source")),
        "is a link",
    ),
    "a link to nowhere": (lambda course, path: path.symlink_to("/nowhere"), "is a link"),
    "a link to a device": (lambda course, path: path.symlink_to("/dev/zero"), "is a link"),
    "a pipe": (lambda course, path: os.mkfifo(path), "is not a file"),
    "a folder": (lambda course, path: (path / "inside").mkdir(parents=True), "is not a file"),
    "a file above the limit": (
        lambda course, path: path.write_bytes(b" " * 51_000_000),
        "is larger than 50 megabytes",
    ),
    "a file of a terabyte": (
        lambda course, path: path.open("wb").truncate(10**12),
        "is larger than 50 megabytes",
    ),
    "nothing": (lambda course, path: path.write_bytes(b""), "is empty"),
}
if os.geteuid() == 0:
    INSTEAD["a device"] = (
        lambda course, path: os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5)),
        "is not a file",
    )


@pytest.fixture(scope="module")
def batch(tmp_path_factory, chapter):
    course = new_class(tmp_path_factory.mktemp("odd"), chapter)
    text = hand_in(course, "honest", honest).read_bytes()
    for name, change in (RIGHT_AND_ODD | WRONG_TYPES).items():
        hand_in_bytes(course, name, changed(text, change))
    for name, change in (WRITTEN_IN_ANOTHER_WAY | NO_NOTEBOOK).items():
        hand_in_bytes(course, name, change(text))
    for put in BESIDE.values():
        put(course)
    for name, (make, _) in INSTEAD.items():
        in_the_place_of_the_notebook(make)(course, name)
    in_the_place_of_the_notebook(name_of_half_a_character)(course, "a name of half a character")
    folder_is_a_link(course, "a folder that is a link")
    hand_in_bytes(course, "format 1", json.dumps(FORMAT_1).encode())
    return grade_watched(course, chapter)


@pytest.fixture
def elsewhere():
    """A folder apart from those of the tests: pytest fails to remove folders as deep as these."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.parametrize("check", UNHARMED, ids=lambda check: check.__name__)
def test_the_machine_and_the_neighbours_are_unharmed(batch, check):
    check(batch)


@pytest.mark.parametrize("name", [*RIGHT_AND_ODD, *WRITTEN_IN_ANOTHER_WAY, *BESIDE])
def test_a_file_that_is_odd_and_can_be_read_gets_the_points_of_its_functions(batch, name):
    assert batch.outcomes[plain(name)]["state"] == "graded"
    words = {"explain_time_limits": None} if name in WITH_WORDS else {}
    assert batch.points[plain(name)] == batch.deserved(**HONEST, **words)


@pytest.mark.parametrize("name", [*NO_NOTEBOOK, *WRONG_TYPES])
def test_what_is_no_notebook_scores_nothing_and_the_reason_is_a_sentence(batch, name):
    outcome = batch.outcomes[plain(name)]
    assert outcome["state"] == "zero"
    assert outcome["reason"].startswith(("The file ", "The notebook ")) and outcome["reason"].endswith(".")
    assert batch.points[plain(name)] == batch.deserved()


@pytest.mark.parametrize("name", INSTEAD)
def test_what_lies_in_the_place_of_the_notebook_is_named(batch, name):
    outcome = batch.outcomes[plain(name)]
    assert outcome["state"] == "zero" and INSTEAD[name][1] in outcome["reason"]
    assert batch.points[plain(name)] == batch.deserved()


def test_the_first_format_of_all_is_read_and_what_it_lacks_scores_nothing(batch):
    assert batch.outcomes["format-1"]["state"] == "graded"
    assert batch.points["format-1"] == batch.deserved() | {"explain_time_limits": None}


def test_a_name_that_nobody_can_print_is_graded_and_shown_as_far_as_it_goes(batch):
    outcome = batch.outcomes["a-name-of-half-a-character"]
    assert (outcome["state"], outcome["reason"]) == ("graded", "from the notebook ��.ipynb")
    assert batch.points["a-name-of-half-a-character"] == batch.deserved(**HONEST)


def test_a_folder_that_is_a_link_is_not_followed(batch):
    outcome = batch.outcomes["a-folder-that-is-a-link"]
    assert outcome["state"] == "zero" and "is a link; links are not followed" in outcome["reason"]


def test_only_plain_files_come_along(batch):
    for name in ("links to secrets", "pipes and sockets", *(["devices"] if os.geteuid() == 0 else [])):
        assert batch.printed(plain(name)) == FILES
    assert "two\nlines.txt" in batch.printed("odd-names")
    assert len(batch.printed("odd-names")) == len(FILES) + 7, "a hidden one is left out"


@pytest.mark.parametrize("date", [b"\xff", b"12:00" + b"9" * 40, b"1 " * 5_000_000])
def test_a_date_that_is_none_is_named_at_once(tmp_path, date):
    (tmp_path / "timestamp.txt").write_bytes(date)
    with pytest.raises(BadTimestampError, match="does not hold a date"):
        read(tmp_path, 50)


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_a_file_for_which_there_is_no_place_beside_the_graded_notebook_is_left_out(elsewhere, chapter, name):
    course = new_class(elsewhere, chapter)
    IN_THE_WAY[name](course)
    batch = grade_watched(course, chapter)
    assert (batch.status, batch.said) == (0, "")
    assert batch.points[name] == batch.deserved(**({} if "notebook" in name else HONEST))


def test_what_is_kept_of_a_submission_are_plain_files(batch):
    shadow = Path("/etc/shadow").read_bytes() if os.access("/etc/shadow", os.R_OK) else b"root:"
    for path in (batch.course.folder / "autograded").rglob("*"):
        mode = path.lstat().st_mode
        assert stat.S_ISREG(mode) or stat.S_ISDIR(mode), path
        assert not stat.S_ISREG(mode) or shadow not in path.read_bytes()


def test_everybody_gets_a_page_and_a_row_in_the_table(batch, chapter):
    begun = time.monotonic()
    pages = list(feedback(CHAPTER, batch.course, workers=local(WORKERS, batch.course.page_bounds())))
    assert time.monotonic() - begun < 300
    assert {page.parent.parent.name for page in pages} == batch.outcomes.keys()
    rows = table(chapter, batch.course)
    assert all(f"\n{name} " in rows for name in batch.outcomes)
