"""The parts of the benchmark: which class, by which engine, with how many workers."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.running.workers import all_cores
from tests.benchmark.engines import (
    Bench,
    Engine,
    Measured,
    Ours,
    Plain,
    usual_limit,
    wrong_grades,
    wrong_pages,
)
from tests.benchmark.generated import Submission, draw

WORKERS = (1, 2, 4)


@dataclass(frozen=True)
class Options:
    """What is measured: how many submissions, with plain nbgrader or not, the classes whose memory counts,
    and the seconds a cell may take where there are endless loops."""

    submissions: int
    plain: bool
    sizes: tuple[int, ...]
    endless_limit: int


def mixed(bench: Bench, options: Options) -> Iterator[Measured]:
    """Right and wrong answers mixed: the ratio that counts."""
    submissions = draw(options.submissions)
    for engine in _engines(bench, options):
        yield from _measure(bench, "mixed", engine, submissions, [all_cores()])


def endless(bench: Bench, options: Options) -> Iterator[Measured]:
    """The same with endless loops among them, and a lower limit for each cell, so that it ends today."""
    submissions = draw(options.submissions, endless=True)
    for engine in _engines(bench, options):
        limit = options.endless_limit
        yield from _measure(bench, "endless", engine, submissions, [all_cores()], limit, feedback=False)


def workers(bench: Bench, options: Options) -> Iterator[Measured]:
    """Our rate for one, two and four workers."""
    yield from _measure(bench, "workers", Ours(bench), draw(options.submissions), WORKERS)


def memory(bench: Bench, options: Options) -> Iterator[Measured]:
    """Our memory for a small class and a large one."""
    for size in options.sizes:
        yield from _measure(bench, "memory", Ours(bench), draw(size), [all_cores()])


Part = Callable[[Bench, Options], Iterator[Measured]]
PARTS: dict[str, Part] = {each.__name__: each for each in (mixed, endless, workers, memory)}


def _engines(bench: Bench, options: Options) -> list[Engine]:
    return [Plain(bench), Ours(bench)] if options.plain else [Ours(bench)]


def _measure(
    bench: Bench,
    part: str,
    engine: Engine,
    submissions: list[Submission],
    counts: list[int] | tuple[int, ...],
    limit: int | None = None,
    *,
    feedback: bool = True,
) -> Iterator[Measured]:
    """Grade a class with each number of workers, from a fresh folder each time, and write its feedback."""
    prepared = engine.prepare(submissions, part)
    for count in [1] if isinstance(engine, Plain) else counts:
        about = part, engine.name
        with bench.fresh(prepared) as folder:
            usage = engine.grade(folder, count, limit or usual_limit())
            wrong = wrong_grades(engine, submissions, folder)
            yield Measured(*about, engine.grading, count, len(submissions), usage, wrong)
            if feedback:
                usage = engine.feedback(folder, count)
                wrong = wrong_pages(engine, submissions, folder)
                yield Measured(*about, engine.writing, count, len(submissions), usage, wrong)
    shutil.rmtree(prepared)
