"""One thread for what takes long, the most urgent first."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, field
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Rank(IntEnum):
    """How urgent a job is; jobs of one rank keep their order."""

    NOW = 0  # somebody waits for it
    SOON = 1  # welcome, if there is time
    LATER = 2  # must be done some day


@dataclass(frozen=True, slots=True, order=True)
class _Job:
    rank: Rank
    number: int
    work: Callable[[], Any] = field(compare=False)
    future: "Future[Any]" = field(compare=False)

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.work()
        except BaseException as error:  # noqa: BLE001  (crosses to the thread that asks for it)
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Worker:
    """Runs jobs one at a time on a thread of its own; long ones make way for more urgent ones.

    ::

        LATER    |==|  |=========|    |====|
        NOW          |=|         |====|            asked for here and there: `make_way`
    """

    def __init__(self) -> None:
        self._jobs: list[_Job] = []
        self._numbers = count()
        self._changed = Condition()
        self._closed = False
        self._running: list[Rank] = []  # touched by the thread alone
        self._thread = Thread(target=self._work, name="worker", daemon=True)
        self._thread.start()

    def at(self, rank: Rank) -> Executor:
        """An executor whose jobs have this rank."""
        return _Ranked(self, rank)

    def make_way(self) -> None:
        """Called in the middle of a job: whatever is more urgent than it is done first.

        CancelledError once the worker is closed: nobody waits for the rest of the job.
        """
        if self._closed:
            raise CancelledError
        while self._running and (job := self._next(below=self._running[-1])):
            self._run(job)

    def submit(self, rank: Rank, work: Callable[[], T]) -> "Future[T]":
        """Have `work` done. RuntimeError once the worker is closed."""
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the worker is closed; nothing can be submitted any more")
            heappush(self._jobs, _Job(rank, next(self._numbers), work, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Cancel what waits, and wait until the job that runs has ended or makes way."""
        with self._changed:
            self._closed = True
            for job in self._jobs:
                job.future.cancel()
            self._jobs.clear()
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closed)
                if not self._jobs:
                    return
                job = heappop(self._jobs)
            self._run(job)

    def _run(self, job: _Job) -> None:
        self._running.append(job.rank)
        try:
            job.run()
        finally:
            self._running.pop()

    def _next(self, *, below: Rank) -> _Job | None:
        with self._changed:
            if self._jobs and self._jobs[0].rank < below:
                return heappop(self._jobs)
        return None


class _Ranked(Executor):
    def __init__(self, worker: Worker, rank: Rank) -> None:
        self._worker = worker
        self._rank = rank

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        return self._worker.submit(self._rank, lambda: fn(*args, **kwargs))
