"""Commands that we print: a shell reads them as they were meant, and no password is among them."""

import os
import subprocess
from pathlib import Path

import pytest

from autograder.classroom.commands import command, option, renaming, without_password
from autograder.classroom.gradebook import GradebookError

ODD = [
    *[
        "RL 2026",
        "RL [2026]",
        "R?",
        "R*",
        "a%20b",
        "it's",
        '"q"',
        "$HOME",
        "`id`",
        "a\\b",
        "{x} #1",
        "~",
        "!x",
    ],
    *["-x", "José", "Jose\u0301", "new\nline", "\x1b[31m", "100% 'x'\\101\t", os.fsdecode(b"caf\xe9")],
]


def as_a_shell_reads(line: str) -> list[str]:
    """Return the words that `sh` makes of a line."""
    script = f"""set -- {line}; printf '%s\\0' "$@" """
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")[:-1]]


@pytest.mark.parametrize("name", ODD)
def test_a_shell_reads_each_word_as_it_was_meant(name):
    line = command(
        Path("classes", name), "", "grade", "chapter", *option("--student", name), "--notebook", "FILE"
    )
    who = [f"--student={name}"] if name == "-x" else ["--student", name]
    meant = ["python", "-m", "autograder", "--course", f"classes/{name}", "grade", "chapter", *who]
    assert as_a_shell_reads(line) == [*meant, "--notebook", "FILE"]
    assert line.isprintable() and line.encode(), "a terminal shows it, and it can be copied"


def test_a_class_folder_that_looks_like_an_option_is_none():
    assert command(Path("-x"), "", "report", "c") == "python -m autograder --course=-x report c"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://u:sesame@h/db", "postgresql://u@h/db"),
        ("postgresql://u:ses%40me@h:5/db?sslmode=require", "postgresql://u@h:5/db?sslmode=require"),
        ("postgresql://u@h/db?password=sesame", "postgresql://u@h/db"),
        ("postgresql:///db?host=/run&sslpassword=sesame&user=u", "postgresql:///db?host=%2Frun&user=u"),
        ("postgresql://u@h/db?host=/run/pg", "postgresql://u@h/db?host=/run/pg"),
        ("sqlite:////x/RL [2026]/50%25.db", "sqlite:////x/RL [2026]/50%25.db"),
    ],
)
def test_the_gradebook_in_use_is_named_without_its_password(address, shown):
    assert without_password(address) == shown
    words = ["python", "-m", "autograder", "--course", "c", "--db", shown, "report", "x"]
    assert as_a_shell_reads(command(Path("c"), address, "report", "x")) == words


@pytest.mark.parametrize("address", ["sesame", "nothing://u:sesame@h/db", "postgresql://u:open@sesame@h/db"])
def test_an_address_that_is_none_is_a_sentence_and_its_password_is_not_said(address):
    with pytest.raises(GradebookError) as error:
        command(Path("c"), address, "report", "x")
    assert "sesame" not in str(error.value)


def test_the_command_that_renames_tells_two_spellings_apart_and_overwrites_nothing(tmp_path):
    old, new = tmp_path / "Zoe\u0308 'x'", tmp_path / "Zo\xeb 'x'"
    for folder in (old, new):
        folder.mkdir()
    (old / "work").touch()
    line = renaming(old, new)
    assert line.isascii() and line.isprintable()
    subprocess.run(["sh", "-c", line], check=False)
    assert (old / "work").exists() and not list(new.glob("work")), "there was one of the new name"
    new.rmdir()
    subprocess.run(["sh", "-c", line], check=True)
    assert [path.name for path in tmp_path.iterdir()] == [new.name] and (new / "work").exists()
