"""The database server of the tests: a real one, which dies and comes back with what was committed."""

import time
from threading import Thread

import psycopg
import pytest
from nbgrader.api import Gradebook, InvalidEntry
from nbgrader.dbutil import upgrade
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import autograder.classroom.course  # noqa: F401  (nbgrader finds `alembic` by it)
from autograder.classroom.gradebook import open_gradebook
from tests import conftest
from tests import postgres as postgresql
from tests.classes import run_module


def test_what_a_gradebook_committed_outlasts_a_crash_of_the_server(postgres):
    url = postgres.new_database()
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("chapter")
        gradebook.add_student("somebody")
        postgres.stop(immediate=True)
        # how nbgrader reports what goes wrong while it adds something, a lost connection too
        with pytest.raises(InvalidEntry, match="server closed the connection"):
            gradebook.add_student("nobody")
    with pytest.raises(OperationalError):
        Gradebook(url)
    postgres.start()
    with Gradebook(url) as gradebook:
        assert [assignment.name for assignment in gradebook.assignments] == ["chapter"]
        assert [student.id for student in gradebook.students] == ["somebody"]


@pytest.mark.heavy
def test_a_stop_that_is_no_crash_keeps_it_too_and_a_new_database_starts_the_server(postgres):
    url = postgres.new_database()
    with Gradebook(url) as gradebook:
        gradebook.add_student("somebody")
    postgres.stop()
    postgres.stop()  # of a server that is stopped: nothing happens
    with Gradebook(postgres.new_database()) as gradebook:
        assert gradebook.students == []
    with Gradebook(url) as gradebook:
        assert [student.id for student in gradebook.students] == ["somebody"]


def test_nbgraders_own_migration_takes_the_url(postgres):
    url = postgres.new_database()
    with Gradebook(url) as gradebook:
        upgrade(url)
        assert gradebook.db.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1


def upgraded(monkeypatch, url, *options) -> tuple[int, str]:
    monkeypatch.setenv("NBGRADER_DB_URL", url)
    done = run_module("nbgrader", "db", "upgrade", *options)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.heavy
def test_nbgraders_upgrade_takes_a_percent_sign_in_a_password_and_in_a_path(postgres, monkeypatch, tmp_path):
    """alembic reads the address from a file in which a % begins the name of a value."""
    url = postgres.new_database().replace("postgres@", "postgres:p%40ss%25@")
    folder = tmp_path / "100% RL"
    folder.mkdir()
    for address in (url, f"sqlite:///{tmp_path}/100%25%20RL/gradebook.db"):
        with open_gradebook(address) as gradebook:
            gradebook.add_student("somebody")
        assert upgraded(monkeypatch, address)[0] == 0
        with open_gradebook(address) as gradebook:
            assert [student.id for student in gradebook.students] == ["somebody"]
    files = sorted(path.name for path in folder.iterdir())
    assert len(files) == 2 and files[0] == "gradebook.db" and files[1].startswith("gradebook.db.20")


def test_a_test_of_the_gradebook_runs_on_both_kinds_of_database(database_url, tmp_path):
    with Gradebook(database_url or f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        gradebook.add_student("somebody")
        assert [student.id for student in gradebook.students] == ["somebody"]
        assert gradebook.engine.dialect.name == ("postgresql" if database_url else "sqlite")


@pytest.mark.parametrize("variable", ["CI", "AUTOGRADER_CI"])
def test_a_missing_server_is_said_and_skips_a_test_but_fails_it_in_ci(monkeypatch, variable):
    monkeypatch.setattr(postgresql, "program", lambda name: None)
    assert "there is no program `postgres`" in postgresql.missing()
    for each in ("CI", "AUTOGRADER_CI"):
        monkeypatch.delenv(each, raising=False)
    with pytest.raises(pytest.skip.Exception, match="PostgreSQL's server is missing"):
        conftest.lacking(postgresql.missing())
    monkeypatch.setenv(variable, "1")
    with pytest.raises(pytest.fail.Exception, match="PostgreSQL's server is missing"):
        conftest.lacking(postgresql.missing())


@pytest.mark.heavy
def test_what_was_said_to_be_committed_outlasts_twenty_crashes_in_mid_run(postgres):
    url = postgres.new_database()
    committed = []

    def write():
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                while True:
                    number = connection.execute("INSERT INTO written DEFAULT VALUES RETURNING id").fetchone()[
                        0
                    ]
                    committed.append(number)
        except psycopg.OperationalError:
            pass  # the crash

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE written (id serial)")
    for _ in range(20):
        before = len(committed)
        writers = [Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(0.3)
        postgres.stop(immediate=True)
        for writer in writers:
            writer.join(60)
        assert len(committed) > before
        postgres.start()
    with psycopg.connect(url) as connection:
        found = {number for (number,) in connection.execute("SELECT id FROM written")}
    assert set(committed) <= found
