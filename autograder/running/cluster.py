"""A Dask cluster as the workers: the same tasks on other machines."""

import logging
from collections.abc import Iterable
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from autograder import CourseError
from autograder.running.bounds import Bounds
from autograder.running.workers import (
    AHEAD,
    LOST_SECONDS,
    Check,
    Function,
    Results,
    Workers,
    all_cores,
    collect,
    do,
    one_line,
)

if TYPE_CHECKING:
    import distributed


class ClusterError(CourseError):
    """The cluster cannot be used; the message says what to do."""


def cluster(address: str, bounds: Bounds | None = None) -> Workers:
    """Return workers that are those of the Dask scheduler at `address`; each keeps within the bounds."""

    def run(function: Function, common: Any, tasks: Iterable, check: Check, seconds: float) -> Results:
        with _Cluster(address, seconds) as workers:
            yield from collect(
                lambda task: workers.submit(function, common, task, bounds),
                workers.done,
                tasks,
                check,
                workers.most,
            )

    return run


class _Cluster:
    """The workers of a Dask scheduler; some may come and go while they work."""

    def __init__(self, address: str, seconds: float) -> None:
        """Connect to the scheduler; a task that is away for much longer than `seconds` is cancelled."""
        import distributed

        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what a person needs to know, we say
        self._address, self._seconds = address, 2 * AHEAD * seconds
        try:
            distributed.comm.resolve_address(address)  # a client with no such thing takes long to go away
            self._client = distributed.Client(address, timeout=20, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address} ({error})") from None

    def __enter__(self) -> "_Cluster":
        """Return itself. Raises `ClusterError` where nobody is there to work, or who is there cannot."""
        try:
            if not self._threads():
                raise ClusterError(f"the Dask scheduler at {self._address} has no workers; start some first")
            try:
                self._client.submit(all_cores, pure=False).result(LOST_SECONDS)
            except Exception as error:
                raise ClusterError(
                    f"the Dask cluster at {self._address} cannot do our tasks; start the scheduler and the "
                    f"workers with this course's folder as PYTHONPATH ({one_line(error)[:100]})"
                ) from None
        except ClusterError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection; what is handed out is cancelled."""
        self._client.close()

    def submit(
        self, function: Function, common: Any, task: Any, bounds: Bounds | None
    ) -> "distributed.Future":
        """Hand out a task."""
        return self._client.submit(do, function, common, task, bounds, pure=False)

    def done(self, futures: Iterable["distributed.Future"]) -> list["distributed.Future"]:
        """Wait until something is done and return it. Raises `ClusterError` where the scheduler is lost."""
        import distributed

        try:
            with self._client.as_current():
                return list(distributed.wait(list(futures), self._seconds, "FIRST_COMPLETED").done)
        except TimeoutError:
            stuck = next(iter(futures))
            stuck.cancel(force=True)
            return [stuck]
        except CancelledError:
            if self._client.status != "running":
                raise self._lost() from None
            return [future for future in futures if future.cancelled()]

    def most(self) -> int:
        """Return how many tasks are handed out at most."""
        return max(1, AHEAD * self._threads())

    def _threads(self) -> int:
        try:
            return sum(self._client.nthreads().values())
        except OSError:
            raise self._lost() from None

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"the connection to the Dask scheduler at {self._address} is lost; nothing that was graded is "
            "lost, the same command goes on from here"
        )
