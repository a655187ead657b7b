"""Ask the libraries anew: `make conventions`. What cannot be installed or measured keeps its old numbers."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.chapter.cells import ROOT
from tests.book.conventions import KEPT
from tests.book.conventions.formulas import answers, deviation
from tests.book.conventions.libraries.lines import LINES
from tests.book.conventions.rows import ROWS, answer

HERE = Path(__file__).parent
ENVIRONMENTS = ROOT / "_build" / "conventions"
GIGABYTES = {"old": 1.8, "new": 5.8}
"""What each environment took on Linux when this was last run; PyPI's PyTorch brings CUDA along there."""
LIBRARIES = {
    ("old", "on_torch"): "PyTorch",
    ("old", "on_verl"): "verl",
    ("new", "on_torch"): "PyTorch",
    ("new", "on_trl"): "TRL",
    ("new", "on_openrlhf"): "OpenRLHF",
    ("new", "on_torchrl"): "torchrl",
    ("new", "on_stable_baselines3"): "Stable-Baselines3",
    ("new", "on_tianshou"): "tianshou",
    ("new", "on_jax"): "JAX",
    ("new", "on_rlax"): "rlax",
    ("new", "on_optax"): "optax",
    ("new", "on_gymnasium"): "Gymnasium",
}
"""Which script runs in which environment, and how the page calls what it asks."""
FRAMEWORKS = {"torch": "on_lines_torch", "jax": "on_lines_jax"}
MINUTES = 10
"""After so many a script is given up."""


@dataclass(frozen=True)
class Output:
    """What a script has measured, and with which versions; the library's own comes first."""

    versions: dict[str, str]
    values: dict[str, Any]


def main() -> None:
    """Make the environments, ask every library, and write book/conventions.json."""
    _say_how_large()
    made = {name: python for name in GIGABYTES if (python := environment(name))}
    before = json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {"rows": [], "lines": []}
    today = datetime.now(UTC).date().isoformat()
    measured = {key: run(made[key[0]], key[1]) for key in LIBRARIES if key[0] in made}
    after = {
        "rows": [row(name, measured, before, today) for name in ROWS],
        "lines": formula_lines(made["new"], before, today) if "new" in made else before["lines"],
    }
    KEPT.write_text(json.dumps(after, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"{KEPT.relative_to(ROOT)} is written; the environments took {_taken():.1f} GB")


def _say_how_large() -> None:
    needed = sum(size for name, size in GIGABYTES.items() if not _python(name).exists())
    free = shutil.disk_usage(ROOT).free / 1e9
    print(
        f"this takes {needed:.1f} GB below {ENVIRONMENTS.relative_to(ROOT)}; {free:.0f} GB are free",
        flush=True,
    )
    if free < needed:
        sys.exit("make room and run it again; `make clean` removes what can be made anew")


def _taken() -> float:
    files = (path for path in ENVIRONMENTS.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e9


def _python(name: str) -> Path:
    return ENVIRONMENTS / name / "bin" / "python"


def environment(name: str) -> Path | None:
    """Install the pins of an environment, part by part; return its Python, or None without PyTorch."""
    python = _python(name)
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
    parts = (HERE / f"{name}.txt").read_text("utf-8").split("\n\n")
    for number, part in enumerate(parts):
        _install(python, part)
        if number == 0 and not _imports_torch(python):
            _install(python, (HERE / f"{name}-cuda.txt").read_text("utf-8"))
    if _imports_torch(python):
        return python
    print(f"{name}: PyTorch could not be installed; all that runs beside it stays as it was")
    return None


def _install(python: Path, part: str) -> None:
    """Install the lines of a part together, or, where one of them fails, each by itself.

    The pins are complete, so nobody's dependencies are looked up, and no constraints of this machine count.
    """
    lines = [line for line in part.splitlines() if line and not line.startswith("#")]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--no-build-isolation", "--no-warn-conflicts"]
    own = os.environ | {"PIP_CONSTRAINT": os.devnull}
    if subprocess.run([*pip, *lines], env=own, check=False, stderr=subprocess.DEVNULL).returncode:
        for line in lines:
            if subprocess.run([*pip, line], env=own, check=False).returncode:
                print(f"{line} could not be installed", flush=True)


def _imports_torch(python: Path) -> bool:
    return (
        subprocess.run([python, "-c", "import torch"], check=False, stderr=subprocess.DEVNULL).returncode == 0
    )


def run(python: Path, script: str) -> Output:
    """Run a script of `libraries/` and return what it has measured: nothing, with a sentence, if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        own = {
            "HOME": folder,
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "CUDA_VISIBLE_DEVICES": "",
        }
        log = ENVIRONMENTS / f"{script}.log"
        with log.open("w", encoding="utf-8") as errors:
            done = subprocess.run(
                [python, HERE / "libraries" / f"{script}.py"],
                cwd=folder,
                env=os.environ | own,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                timeout=60 * MINUTES,
                check=False,
            )
    if done.returncode:
        print(f"{script} did not run; what was kept stays as it was ({log.relative_to(ROOT)})", flush=True)
        return Output({}, {})
    output = Output(**json.loads(done.stdout.splitlines()[-1]))
    print(f"{script}: {len(output.values)} values, {output.versions}", flush=True)
    return output


def row(name: str, measured: dict[tuple[str, str], Output], before: dict, today: str) -> dict:
    """Return a row: what is asked, the course's answer, and those of the libraries with version and date."""
    kept = {(each["library"], each["beside"]): each for each in _entries(before, name)}
    for (beside, script), library in LIBRARIES.items():
        output = measured.get((beside, script), Output({}, {}))
        if name in output.values:
            (_, version), *others = output.versions.items()
            kept[library, beside] = {
                "library": library,
                "version": version,
                "beside": beside,
                "with": dict(others),
                "date": today,
                "value": output.values[name],
            }
    asked = ROWS[name]
    return {
        "name": name,
        "part": asked.part,
        "asked": asked.asked,
        "digits": asked.digits,
        "here": answer(asked),
        "elsewhere": list(kept.values()),
    }


def _entries(before: dict, name: str) -> list[dict]:
    return next((each["elsewhere"] for each in before["rows"] if each["name"] == name), [])


def formula_lines(python: Path, before: dict, today: str) -> list[dict]:
    """Return the lines of both frameworks, each with its largest deviation from the course's functions."""
    outputs = {framework: run(python, script) for framework, script in FRAMEWORKS.items()}
    if not all(output.values for output in outputs.values()):
        return before["lines"]
    expected = answers()
    return [
        {
            "name": name,
            "formula": line.formula,
            "function": line.function,
            "torch": line.torch,
            "jax": line.jax,
            "date": today,
            "versions": {package: v for output in outputs.values() for package, v in output.versions.items()},
            "deviation": {
                framework: deviation(expected[name], output.values["results"][name])
                for framework, output in outputs.items()
            },
        }
        for name, line in LINES.items()
    ]


if __name__ == "__main__":
    main()
