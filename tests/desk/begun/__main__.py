"""Make the class that is begun: `python -m tests.desk.begun` from the root, with git and PostgreSQL there.

It takes the earlier build from the history, lets it teach the class (`teaching`) on SQLite and on PostgreSQL,
and freezes what lies there then in `class.tar.xz`: for each database a class folder and the seeds. The second
class folder holds the dump of its database, as SQL, in place of a `gradebook.db`.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from autograder.chapter.cells import ROOT
from autograder.desk.doctor import program
from tests import postgres
from tests.desk.begun import FROZEN

REVISION = "fc5d39f0b7"
"""The last build before gradebooks could tell what a marker had seen, and exercises had more cases."""
HERE = Path(__file__).parent
PENALTY = '''
from nbgrader.plugins import LateSubmissionPlugin


class AnHour(LateSubmissionPlugin):
    """Takes off half a point for each hour that has begun."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * -(-total_seconds_late // 3600)
'''


def check_out(folder: Path) -> None:
    """Put the earlier build into a folder, with a penalty for late work in its settings."""
    archive = subprocess.run(["git", "archive", REVISION], cwd=ROOT, check=True, capture_output=True)
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    (folder / "penalty.py").write_text(PENALTY, "utf-8")
    with (folder / "nbgrader_config.py").open("a", encoding="utf-8") as settings:
        settings.write('c.AssignLatePenalties.plugin_class = "penalty.AnHour"\n')


def teach(build: Path, place: Path, db: str) -> None:
    """Let the earlier build teach a class in `place`, whose seeds lie there too."""
    place.mkdir()
    environment = os.environ | {"XDG_DATA_HOME": str(place / "data"), "PYTHONPATH": str(build)}
    arguments = [sys.executable, str(HERE / "teaching.py"), str(place / "class"), *filter(None, [db])]
    subprocess.run(arguments, cwd=build, env=environment, check=True)


def dump(url: str, path: Path) -> None:
    """Write a database as SQL that any driver can run: inserts, and none of the program's own commands."""
    command = [program("pg_dump"), "--inserts", "--no-owner", "--no-privileges", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    path.write_text("".join(line for line in text.splitlines(True) if not line.startswith("\\")), "utf-8")


def main() -> None:
    """Make the class and freeze it."""
    with tempfile.TemporaryDirectory() as folder, postgres.Server() as server:
        build = Path(folder) / "build"
        check_out(build)
        teach(build, Path(folder) / "sqlite", "")
        url = server.new_database()
        teach(build, Path(folder) / "postgresql", url)
        dump(url, Path(folder) / "postgresql" / "class" / "gradebook.sql")
        shutil.rmtree(build)
        with tarfile.open(FROZEN, "w:xz") as archive:
            for kind in ("sqlite", "postgresql"):
                archive.add(Path(folder) / kind, kind, filter=_nameless)


def _nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who made a file, and when."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    return member


if __name__ == "__main__":
    main()
