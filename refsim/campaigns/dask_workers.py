"""Workers of a Dask cluster, on this machine or others."""

from __future__ import annotations

import pickle
import threading
from functools import lru_cache
from typing import Any

from .store import Identity
from .tasks import Done, Factory, Task, Trials, checked, compute, not_begun

ANSWERS_WITHIN = 10.0
"""The seconds within which a scheduler and a worker of it must be there."""
LOOK = 5.0
"""The seconds after which it is asked whether there are workers at all."""
AHEAD = 2
"""The tasks for each worker: one that it computes, and one that it has ready."""

_ONE_AT_A_TIME = threading.Lock()
"""A worker may have several threads; a campaign is computed by one."""


class Cluster:
    """The workers of a scheduler. They must have the same refsim, and see the same files under the same names.

    ``ValueError`` where Dask is not installed or the address is none; ``TimeoutError`` where nobody answers.
    """

    def __init__(self, factory: Factory, expected: Identity, address: str) -> None:
        self._distributed = _distributed()
        # The manifest itself is long, and every task carries this.
        self._arguments = (pickle.dumps(factory), expected._replace(manifest=""))
        self._futures: dict[Any, Task] = {}
        self._address = address
        try:
            self._client = self._distributed.Client(address, timeout=ANSWERS_WITHIN, set_as_default=False)
        except OSError as error:
            raise TimeoutError(f"no scheduler answers at {address}") from error
        try:
            self._client.wait_for_workers(1, timeout=ANSWERS_WITHIN)
        except OSError as error:
            self.close()
            raise TimeoutError(f"the scheduler at {address} has no workers") from error

    @property
    def room(self) -> int:
        """Some tasks for each worker that is there now."""
        return max(1, AHEAD * self._workers())

    def submit(self, task: Task) -> None:
        """Hand a task to the scheduler; it may be computed twice where a worker is lost, which gives the same rows."""
        self._futures[self._client.submit(_compute, *self._arguments, task, pure=False)] = task

    def wait(self) -> list[Done]:
        """Wait until a task is done, or cannot be."""
        while True:
            try:
                with self._client.as_current():
                    self._distributed.wait(list(self._futures), timeout=LOOK, return_when="FIRST_COMPLETED")
            except TimeoutError:
                if not self._workers():
                    return [self._lost(future, f"{self._address} has no workers any more") for future in list(self._futures)]
            except self._distributed.CancelledError:
                # What a scheduler that goes away does to all tasks.
                pass
            if done := [future for future in self._futures if future.done()]:
                return [self._answer(future) for future in done]

    def close(self) -> None:
        """Let the workers go; tasks that they have not begun are cancelled."""
        self._client.close()

    def _workers(self) -> int:
        """How many workers there are, none where the scheduler does not say."""
        try:
            return len(self._client.nthreads())
        except OSError:
            return 0

    def _answer(self, future: Any) -> Done:
        """What a worker says of a task."""
        if future.status == "error":
            error = future.exception()
            return self._lost(future, f"{type(error).__name__}: {error}")
        if future.status != "finished":
            return self._lost(future, f"lost by the scheduler at {self._address}")
        done: Done = future.result()
        del self._futures[future]
        return done

    def _lost(self, future: Any, why: str) -> Done:
        """A task without an answer."""
        task = self._futures.pop(future)
        return Done(task, [], 0.0, f"{task}: {' '.join(why.split())}")


def _distributed() -> Any:
    """Dask's library for clusters, which is an extra."""
    try:
        import distributed  # noqa: PLC0415 imported late
    except ImportError as error:
        raise ValueError("a scheduler needs Dask: install refsim[distributed]") from error
    return distributed


def _compute(factory: bytes, expected: Identity, task: Task) -> Done:
    """A task in a worker, which makes the campaign at its first one."""
    with _ONE_AT_A_TIME:
        try:
            work = _work(factory, expected)
        except Exception as error:  # noqa: BLE001 whatever it is, the one that asks says it
            return not_begun(task, error)
        return compute(work, task)


@lru_cache(maxsize=1)
def _work(factory: bytes, expected: Identity) -> Trials:
    """The campaign that this worker computes."""
    make: Factory = pickle.loads(factory)  # noqa: S301 who can ask a worker of Dask anything can run anything in it
    return checked(make(), expected)
