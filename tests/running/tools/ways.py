"""The ways in which people put a notebook through a tool, as they would type them in its folder.

`{n}` is the chapter's name. Each begins in a folder of its own, which holds the notebook and the chapter's
files, and for merges `before`, `mine`, `theirs` and `conflicting`, versions by two who work together.
"""

from dataclasses import dataclass

GIT = "git -c user.name=student -c user.email=student@example.invalid"
CONFLICT = (  # the versions as two branches, merged by git alone: it leaves its marks in the file
    "git init --quiet --initial-branch=main . && mv before.ipynb {n}.ipynb && git add {n}.ipynb"
    f" && {GIT} commit --quiet -m before && git checkout --quiet -b theirs"
    f" && mv conflicting.ipynb {{n}}.ipynb && {GIT} commit --quiet -am theirs"
    " && git checkout --quiet main && mv mine.ipynb {n}.ipynb"
    f" && {GIT} commit --quiet -am mine && ! {GIT} merge --quiet theirs"
)


@dataclass(frozen=True)
class Way:
    """One way: the tool's package, what is typed, and which files are handed in afterwards."""

    tool: str
    command: str
    handed_in: tuple[str, ...] = ("{n}.ipynb",)


def _back_from(text: str, there: str, back: str = "jupytext --to ipynb") -> str:
    """Return what makes a text of the notebook, and the notebook from the text alone."""
    return f"{there} && rm {{n}}.ipynb && {back} {text}"


WAYS = {
    "jupytext-percent": Way("jupytext", _back_from("{n}.py", "jupytext --to py:percent {n}.ipynb")),
    "jupytext-myst": Way("jupytext", _back_from("{n}.md", "jupytext --to md:myst {n}.ipynb")),
    "jupytext-no-metadata": Way(
        "jupytext", _back_from("{n}.py", "jupytext --opt cell_metadata_filter=-all --to py:percent {n}.ipynb")
    ),
    "jupytext-sync": Way(
        "jupytext",
        "jupytext --set-formats ipynb,py:percent {n}.ipynb && sed -i 's/quotient/ratio_of/' {n}.py"
        " && jupytext --sync {n}.py",
        ("{n}.ipynb", "{n}.py"),
    ),
    "jupytext-script": Way("jupytext", "jupytext --to py:percent {n}.ipynb", ("{n}.py",)),
    "nbstripout": Way("nbstripout", "nbstripout {n}.ipynb"),
    "nbstripout-keep-id": Way("nbstripout", "nbstripout --keep-id {n}.ipynb"),
    "nbstripout-extra-keys": Way(
        "nbstripout",
        "nbstripout --drop-empty-cells --strip-init-cells --extra-keys 'metadata.kernelspec"
        " metadata.language_info cell.metadata.nbgrader cell.metadata.tags' {n}.ipynb",
    ),
    "nb-clean": Way("nb-clean", "nb-clean clean {n}.ipynb"),
    "nb-clean-everything": Way(
        "nb-clean", "nb-clean clean --remove-empty-cells --remove-all-notebook-metadata {n}.ipynb"
    ),
    "nb-clean-preserve": Way(
        "nb-clean",
        "nb-clean clean --preserve-cell-metadata --preserve-notebook-metadata --preserve-cell-outputs"
        " {n}.ipynb",
    ),
    "nbdev-clean": Way("nbdev", "nbdev-clean --fname {n}.ipynb"),
    "nbdev-clean-all": Way("nbdev", "nbdev-clean --clear-all --fname {n}.ipynb"),
    "nbdev-fix": Way("nbdev", CONFLICT + "; nbdev-fix {n}.ipynb; true"),
    "databooks-meta": Way("databooks", "databooks meta --yes {n}.ipynb"),
    "databooks-meta-outputs": Way("databooks", "databooks meta --yes --rm-outs {n}.ipynb"),
    "databooks-fix": Way("databooks", CONFLICT + "; databooks fix {n}.ipynb"),
    "papermill": Way("papermill", "papermill {n}.ipynb {n}.ipynb"),
    "papermill-parameters": Way(
        "papermill", "papermill -p epsilon 0.3 {n}.ipynb {n}_output.ipynb", ("{n}_output.ipynb",)
    ),
    "nbconvert-execute": Way(
        "nbconvert", "jupyter nbconvert --to notebook --execute {n}.ipynb", ("{n}.nbconvert.ipynb",)
    ),
    "nbconvert-clear-metadata": Way(
        "nbconvert",
        "jupyter nbconvert --inplace --ClearOutputPreprocessor.enabled=True"
        " --ClearMetadataPreprocessor.enabled=True {n}.ipynb",
    ),
    "nbconvert-format-3": Way(
        "nbconvert",
        "jupyter nbconvert --to notebook --NotebookExporter.nbformat_version=3 {n}.ipynb",
        ("{n}.v3.ipynb",),
    ),
    "nbconvert-script": Way("nbconvert", "jupyter nbconvert --to script {n}.ipynb", ("{n}.py",)),
    "black": Way("black", "black {n}.ipynb"),
    "ruff-format": Way("ruff", "ruff format {n}.ipynb"),
    "ruff-fix": Way("ruff", "ruff check --fix --select E,F,I,UP {n}.ipynb; true"),
    "pandoc": Way("pypandoc-binary", "pandoc {n}.ipynb -o out.ipynb && mv out.ipynb {n}.ipynb"),
    "pandoc-markdown": Way(
        "pypandoc-binary",
        _back_from("{n}.md -o {n}.ipynb", "pandoc {n}.ipynb --extract-media . -o {n}.md", "pandoc"),
    ),
    "pandoc-github-markdown": Way(
        "pypandoc-binary",
        _back_from(
            "{n}.md -o {n}.ipynb", "pandoc {n}.ipynb --extract-media . -t gfm -o {n}.md", "pandoc -f gfm"
        ),
    ),
    "nbdime-merge": Way("nbdime", "nbmerge before.ipynb mine.ipynb theirs.ipynb --out {n}.ipynb"),
    "nbdime-conflict": Way(
        "nbdime", "nbmerge before.ipynb mine.ipynb conflicting.ipynb --out {n}.ipynb; true"
    ),
    "marimo": Way(
        "marimo",
        _back_from("{n}.py -o {n}.ipynb", "marimo convert {n}.ipynb -o {n}.py", "marimo export ipynb"),
    ),
    "marimo-outputs": Way(
        "marimo",
        "marimo convert {n}.ipynb -o {n}.py"
        " && marimo export ipynb --include-outputs --force {n}.py -o {n}.ipynb",
    ),
    "marimo-script": Way("marimo", "marimo convert {n}.ipynb -o {n}.py", ("{n}.py",)),
    "deepnote": Way(
        "deepnote-cli",
        _back_from("{n}.deepnote -o .", "deepnote convert {n}.ipynb", "deepnote convert"),
    ),
    "deepnote-own-folder": Way(
        "deepnote-cli",
        _back_from("{n}.deepnote", "deepnote convert {n}.ipynb", "deepnote convert"),
        ("{n}/{n}.ipynb",),
    ),
    "deepnote-project": Way("deepnote-cli", "deepnote convert {n}.ipynb", ("{n}.deepnote",)),
}
