"""Commands of ours, for a person to copy: quoted for a shell, with the class folder and gradebook in use."""

import os
import shlex
from pathlib import Path

from sqlalchemy import URL, make_url

from autograder.classroom.gradebook import name_of

PLAIN = {*range(0x20, 0x7F)} - {*b"'\\%"}
"""The bytes that stand for themselves in a format of `printf` between single quotes."""


def command(folder: Path, db: str, *words: str) -> str:
    """Return the command that asks for `words`; `db` is what `--db` names, or ''.

    A password is left out: who copies the command has it asked for as the database does, or sets
    NBGRADER_DB_URL instead of `--db`.
    """
    chosen = option("--course", str(folder)) + (option("--db", without_password(db)) if db else [])
    return " ".join(map(_quoted, ["python", "-m", "autograder", *chosen, *words]))


def renaming(old: Path, new: Path) -> str:
    """Return the command that renames a folder, which does nothing where there is one of the new name."""
    old, new = (_octal(os.fsencode(path)) for path in (old, new))
    return f"test -e {new} || mv -- {old} {new}"


def option(name: str, value: str) -> list[str]:
    """Return the words that give an option its value, one that looks like an option, too."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def without_password(db: str) -> str:
    """Return the address of a gradebook without any password; raise `GradebookError` if it is none."""
    name_of(db)
    address = make_url(db)
    shown = {key: value for key, value in address.query.items() if "password" not in key.lower()}
    if address.password is None and len(shown) == len(address.query):
        return db
    where = (address.username, None, address.host, address.port, address.database)
    return URL.create(address.drivername, *where, shown).render_as_string()


def _quoted(word: str) -> str:
    """Return one word as every shell reads it; what no terminal can show is written in octal numbers.

    Only line ends behind everything else are lost in that.
    """
    content = os.fsencode(word)
    if word.isprintable() and content.decode("utf-8", "replace") == word:
        return shlex.quote(word)
    return _octal(content)


def _octal(content: bytes) -> str:
    octal = (chr(byte) if byte in PLAIN else f"\\{byte:03o}" for byte in content)
    return f"\"$(printf '{''.join(octal)}')\""
