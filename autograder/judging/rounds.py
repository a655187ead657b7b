"""Rounds of grading: each assignment has one secret seed a round, from which all hidden inputs are drawn.

A seed lies in a folder of the person who grades, outside every class folder, in a file that is named by the
seed's digest. The class folder's `rounds/<assignment>/<number>` holds that digest: everyone who grades there
uses the same seed, and nobody can read it from there.
"""

import os
import secrets
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import platformdirs

from autograder import CourseError

SEED_BITS = 128


class RoundError(CourseError):
    """A seed cannot be read or kept; the message says which, where, and what to do."""


@dataclass(frozen=True)
class Round:
    """One round of an assignment: its number, counted from 1, and its seed.

    The number 0 stands for a seed that was set by hand and belongs to no round.
    """

    number: int
    seed: int

    @property
    def digest(self) -> str:
        """What names the seed without telling it."""
        return digest_of(self.seed)

    def __str__(self) -> str:
        """Return the round as a person reads it."""
        where = f"round {self.number}" if self.number else "c.BlindExecute.seed"
        return f"{where} (seed {self.digest[:8]})"


def default_seeds_folder() -> Path:
    """Return the folder for the seeds of the person who grades here."""
    return platformdirs.user_data_path("calculus-for-rl-course") / "seeds"


def digest_of(seed: int) -> str:
    """Return the digest that names a seed."""
    return sha256(seed.to_bytes(SEED_BITS // 8, "big")).hexdigest()[:32]


def current_round(rounds: Path, seeds: Path) -> Round:
    """Return the newest round in an assignment's folder `rounds`; begin the first where there is none."""
    number = _newest(rounds)
    return find_round(rounds, seeds, number) if number else _begin(rounds, seeds, Round(1, _draw()))


def begin_round(rounds: Path, seeds: Path, seed: int | None = None) -> Round:
    """Draw a new seed, or take one that need not be secret, keep it, and begin the next round with it.

    Where another process begins the same round first, its seed is the one that counts.
    """
    return _begin(rounds, seeds, Round(_newest(rounds) + 1, _draw() if seed is None else seed))


def _draw() -> int:
    return secrets.randbits(SEED_BITS)


def _begin(rounds: Path, seeds: Path, begun: Round) -> Round:
    try:
        seeds.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(seeds / begun.digest, f"{begun.seed:032x}\n", mode=0o600)
    except OSError as error:
        raise RoundError(
            f"the secret seed cannot be kept in {seeds} ({error.strerror}); "
            "name another folder with c.BlindExecute.seeds_folder in nbgrader_config.py"
        ) from None
    rounds.mkdir(parents=True, exist_ok=True)
    is_ours = _create(rounds / str(begun.number), f"{begun.digest}\n", mode=0o644)
    return begun if is_ours else find_round(rounds, seeds, begun.number)


def find_round(rounds: Path, seeds: Path, number: int) -> Round:
    """Return the round `number`; raise `RoundError` where it was never begun or its seed is elsewhere."""
    try:
        digest = (rounds / str(number)).read_text("utf-8").strip()
    except OSError:
        newest = _newest(rounds)
        there = f"the newest is {newest}" if newest else "nothing has been graded yet"
        raise RoundError(f"{rounds.name} has no round {number}; {there}") from None
    return Round(number, find_seed(digest, seeds))


def find_seed(digest: str, seeds: Path) -> int:
    """Return the seed with this digest; raise `RoundError` where this machine does not have it."""
    try:
        seed = int((seeds / digest).read_text("utf-8"), 16)
        if digest_of(seed) == digest:
            return seed
        wrong = "it holds another seed"
    except (OSError, ValueError, OverflowError) as error:
        wrong = getattr(error, "strerror", None) or "it holds no seed"
    raise RoundError(
        f"the secret seed {seeds / digest} cannot be read ({wrong}); copy the file of that name from the "
        "machine on which the round was begun, where `python -m autograder settings` names the "
        "seeds_folder, or begin another round with --new-round"
    )


def _newest(rounds: Path) -> int:
    """Return the highest number of a round, or 0."""
    names = (path.name for path in rounds.iterdir()) if rounds.is_dir() else ()
    return max((int(name) for name in names if name.isdecimal()), default=0)


def _create(path: Path, text: str, mode: int) -> bool:
    """Write a file at once with all its text; return False where it was there already."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.link(temporary, path)
        return True
    except FileExistsError:
        return False
    finally:
        os.unlink(temporary)
