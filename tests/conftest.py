"""What all tests share: classes to work on, a real database server, what becomes of a missing part."""

import os
import signal
from collections.abc import Iterator
from typing import NoReturn

import pytest
from hypothesis import settings

from autograder.chapter.cells import Chapter, find_chapter
from autograder.classroom.course import Course
from autograder.example_class.run import run
from tests import postgres as postgresql
from tests.classes import CHAPTER, released_class

# the same examples on every machine and in every run, without a time limit per example
settings.register_profile("deterministic", derandomize=True, deadline=None, max_examples=60, database=None)
settings.load_profile("deterministic")


def pytest_configure() -> None:
    """Hear Ctrl-C: what a shell starts in the background ignores it, and so would all that a test starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def lacking(reason: str) -> NoReturn:
    """Skip the test; in CI every part is installed, so that a missing one is a fault."""
    in_ci = os.environ.get("CI") or os.environ.get("AUTOGRADER_CI")
    (pytest.fail if in_ci else pytest.skip)(reason)


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgresql.Server]:
    """A private PostgreSQL server; one for each process of the tests."""
    if reason := postgresql.missing():
        lacking(reason)
    with postgresql.Server() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.heavy)])
def database_url(request) -> str:
    """The gradebook's database, each kind in turn: '' is the class folder's own file."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()


@pytest.fixture(scope="session", autouse=True)
def _seeds_that_vanish(tmp_path_factory):
    """Keep the secret seeds of the tests' classes out of the folder of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def chapter() -> Chapter:
    return find_chapter(CHAPTER)


@pytest.fixture(scope="session")
def example(tmp_path_factory) -> Course:
    folder = tmp_path_factory.mktemp("class") / "example"
    assert run(folder) == 0
    return Course(folder)


@pytest.fixture
def released(chapter, tmp_path) -> Course:
    """Return a class folder in which the chapter is released and nobody has submitted."""
    return released_class(tmp_path / "class", chapter)


@pytest.fixture
def submitted(released) -> Course:
    """Return a class folder in which one student has submitted."""
    with released.gradebook() as gradebook:
        gradebook.add_student("somebody")
        gradebook.add_submission(CHAPTER, "somebody")
    return released
