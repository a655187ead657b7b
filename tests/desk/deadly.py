"""The command line in a process that kills itself at a moment: python -m ... STAGE NUMBER ARGUMENTS ...

The moments lie in the middle of our functions, so they are wrapped here, in the process of the test; the
product knows nothing of it. Worker processes import this module too, and are left as they are.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from autograder import __main__
from autograder.classroom.writer import Writer
from autograder.desk import grade

Moment = Callable[[], None]


def _moment(number: int) -> Moment:
    """Return a function that ends this process when it is called for the `number`-th time."""
    left = [number]

    def pass_by() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return pass_by


def _wrap(
    owner: object, name: str, before: Callable = lambda *_: None, after: Callable = lambda *_: None
) -> None:
    inner = getattr(owner, name)

    def wrapped(*arguments, **options):
        before(*arguments)
        result = inner(*arguments, **options)
        after(*arguments)
        return result

    setattr(owner, name, wrapped)


def _before_a_file(moment: Moment) -> None:
    _wrap(grade, "replace_folder", before=lambda *_: moment())


def _while_files_are_written(moment: Moment) -> None:
    _wrap(Path, "chmod", before=lambda *_: moment())


def _between_the_renames(moment: Moment) -> None:
    _wrap(Path, "rename", after=lambda _, target: moment() if ".old-" in target.name else None)


def _before_the_old_is_removed(moment: Moment) -> None:
    _wrap(
        shutil, "rmtree", before=lambda path, *_: moment() if ".old-" in str(path) and path.is_dir() else None
    )


def _before_the_transaction(moment: Moment) -> None:
    _wrap(Writer, "write", before=lambda *_: moment())


def _in_the_writers_session(name: str) -> Callable[[Moment], None]:
    def patch(moment: Moment) -> None:
        writing = []
        _wrap(Writer, "write", before=lambda *_: writing.append(True))
        event.listen(Session, name, lambda *_: moment() if writing else None)

    return patch


def _half_a_page(moment: Moment) -> None:
    def leave_half(new: Path, page: Path) -> None:
        if page.suffix == ".html":
            whole = new.read_bytes()
            new.write_bytes(whole[: len(whole) // 2])
            moment()
            new.write_bytes(whole)

    _wrap(os, "replace", before=leave_half)


def _before_a_page_is_in_its_place(moment: Moment) -> None:
    _wrap(os, "replace", before=lambda _, page: moment() if page.suffix == ".html" else None)


def _after_a_page_is_in_its_place(moment: Moment) -> None:
    _wrap(os, "replace", after=lambda _, page: moment() if page.suffix == ".html" else None)


STAGES: dict[str, Callable[[Moment], None]] = {
    "before a file": _before_a_file,
    "while files are written": _while_files_are_written,
    "between the renames": _between_the_renames,
    "before the old is removed": _before_the_old_is_removed,
    "before the transaction": _before_the_transaction,
    "in the transaction": _in_the_writers_session("after_flush"),
    "before the commit": _in_the_writers_session("before_commit"),
    "after the commit": _in_the_writers_session("after_commit"),
    "half a page": _half_a_page,
    "before a page is in its place": _before_a_page_is_in_its_place,
    "after a page is in its place": _after_a_page_is_in_its_place,
}

if __name__ == "__main__":
    STAGES[sys.argv[1]](_moment(int(sys.argv[2])))
    sys.exit(__main__.main(sys.argv[3:]))
