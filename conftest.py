"""Let pytest collect the book's MyST chapters as they stand, through nbval, with the reference bound."""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, find_metadata_tags

from autograder.chapter.binding import bound_notebook
from autograder.chapter.cells import BOOK, ROOT, Chapter, cell_name


class ChapterFile(IPyNbFile):
    """One chapter; each of its code cells is a test, named by the cell."""

    def collect(self) -> Iterator[IPyNbCell]:
        """Yield one test per code cell: it fails if the cell raises."""
        self.nb = bound_notebook(Chapter(self.path))
        code_cells = (cell for cell in self.nb.cells if cell.cell_type == "code")
        for number, cell in enumerate(code_cells):
            options = defaultdict(bool, find_metadata_tags(cell.metadata), check=False)
            name = cell_name(cell) or f"cell_{number}"
            yield IPyNbCell.from_parent(self, name=name, cell_num=number, cell=cell, options=options)

    def setup(self) -> None:
        """Start the kernel where the book's kernels run: beside the chapter, with the root on the path."""
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(BOOK)])
        try:
            super().setup()
        finally:
            os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the chapters of the book, and any other chapter that was asked for by name."""
    asked_for = {Path(argument).resolve() for argument in parent.config.invocation_params.args}
    if file_path.suffix != ".md" or (file_path.parent != BOOK and file_path not in asked_for):
        return None
    has_cells = Chapter(file_path).notebook().cells
    return ChapterFile.from_parent(parent, path=file_path) if has_cells else None
