"""Run the tools and keep what they write: `make tools`. It says what cannot be installed, and leaves that."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
import warnings
from importlib.metadata import distributions
from itertools import count
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from autograder.chapter.cells import ROOT
from tests.classes import cell
from tests.running.tools import INDEX, OUTPUTS
from tests.running.tools.honest import CHAPTER, FUNCTIONS, write_all
from tests.running.tools.ways import WAYS, Way

ENVIRONMENT = ROOT / "_build" / "tools"
NO_TIME, NO_SECONDS = "2026-01-01T00:00:00.000000", 1.0


def main(names: list[str]) -> None:
    """Make outputs/ and index.json again, for all ways or those with these names."""
    versions = installed(Path(__file__).with_name("requirements.txt"))
    index = json.loads(INDEX.read_text("utf-8")) if INDEX.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        honest = Path(folder, "honest")
        write_all(honest)
        run("jupyter nbconvert --to notebook --execute --inplace {n}.ipynb", honest)
        for name, way in {name: WAYS[name] for name in names or WAYS}.items():
            version = versions.get(way.tool)
            if version is None:
                print(f"{name}: {way.tool} could not be installed; what was kept stays as it was")
                continue
            index[name] = {"tool": way.tool, "version": version, "command": way.command.format(n=CHAPTER)}
            index[name]["right"] = kept(name, way, honest, Path(folder, name))
            print(f"{name}: {len(index[name]['right'])} functions right in a kernel", flush=True)
    text = json.dumps({name: index[name] for name in WAYS if name in index}, indent=1)
    INDEX.write_text(text + "\n", "utf-8")


def installed(requirements: Path) -> dict[str, str]:
    """Install each line of `requirements` by itself; return the version of each package that is there."""
    if not ENVIRONMENT.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    pip = [ENVIRONMENT / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    for line in requirements.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            done = subprocess.run([*pip, "--constraint", _plain(requirements), line], check=False)
            print("" if done.returncode == 0 else f"{line} could not be installed\n", end="", flush=True)
    folders = [str(path) for path in ENVIRONMENT.glob("lib/python*/site-packages")]
    return {each.name.lower().replace("_", "-"): each.version for each in distributions(path=folders)}


def _plain(requirements: Path) -> Path:
    """Return the same pins without extras, which a file of constraints may not have."""
    plain = ENVIRONMENT / "constraints.txt"
    plain.write_text(re.sub(r"\[.*?\]", "", requirements.read_text("utf-8")), "utf-8")
    return plain


def run(command: str, folder: Path) -> None:
    """Run what a person would type in `folder`, with the tools' environment first on the path."""
    pandoc = next(ENVIRONMENT.glob("lib/python*/site-packages/pypandoc/files"), ENVIRONMENT)
    path = os.pathsep.join([str(ENVIRONMENT / "bin"), str(pandoc), os.environ["PATH"]])
    own = {"PATH": path, "HOME": str(folder.parent), "PYTHONHASHSEED": "0"}  # nobody's settings, one order
    done = subprocess.run(
        ["bash", "-c", command.format(n=CHAPTER)],
        cwd=folder,
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout}{done.stderr}")


def kept(name: str, way: Way, honest: Path, folder: Path) -> list[str]:
    """Go one way, keep what would be handed in, and return the functions that are right in a real kernel."""
    shutil.copytree(honest, folder)
    run(way.command, folder)
    shutil.rmtree(OUTPUTS / name, ignore_errors=True)
    known: dict[str, str] = {}
    for path in (each.format(n=CHAPTER) for each in way.handed_in):
        text = scrubbed((folder / path).read_text("utf-8"), known)
        if str(folder) in text or str(Path.home()) in text:
            sys.exit(f"{name}: {path} names a path of this machine")
        (OUTPUTS / name / path).parent.mkdir(parents=True, exist_ok=True)
        (OUTPUTS / name / path).write_text(text, "utf-8")
    notebook = folder / way.handed_in[0].format(n=CHAPTER)
    return right_in_a_kernel(notebook, honest) if notebook.suffix == ".ipynb" else []


def scrubbed(text: str, known: dict[str, str]) -> str:
    """Return a file without times, and with the same ids and commits in every run, where they are random."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+", NO_TIME, text)
    text = re.sub(r'("duration": )[\d.]+', rf"\g<1>{NO_SECONDS}", text)
    numbers = count(len(known) + 1)
    uuid = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    short = r'(?<="id": ")[0-9a-f]{8}(?=")|(?:(?<=<<<<<<< )|(?<=>>>>>>> )|(?<="git_hash": "))[0-9a-f]{7}\b'
    for found in re.findall(f"{uuid}|{short}", text):
        if found not in known:
            known[found] = re.sub("[0-9a-f]", "0", found)[:-3] + f"{next(numbers):03d}"
    return re.sub(f"{uuid}|{short}", lambda match: known[match[0]], text)


def right_in_a_kernel(path: Path, honest: Path) -> list[str]:
    """Run a notebook as Jupyter does, then the released tests, and return the functions that pass them."""
    notebook = nbformat.read(path, as_version=4)  # what Jupyter reads with: it warns, and goes on
    released = nbformat.read(honest / "before.ipynb", as_version=4)
    tests = [nbformat.v4.new_code_cell(cell(released, f"test_{name}").source) for name in FUNCTIONS]
    notebook.cells += tests
    NotebookClient(
        notebook, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": str(honest)}}
    ).execute(stderr=subprocess.DEVNULL)
    failed = [any(out.output_type == "error" for out in test.outputs) for test in tests]
    return [name for name, wrong in zip(FUNCTIONS, failed, strict=True) if not wrong]


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of nbformat, on what the tools write
    main(sys.argv[1:])
