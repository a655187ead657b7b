"""What all tests share: what becomes of one whose optional part is missing, and a real database server."""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests import postgres as postgresql


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> str:
    """The gradebook's database, each kind in turn: '' is the class folder's own file."""
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
