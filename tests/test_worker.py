"""One thread, the most urgent job first."""

from concurrent.futures import CancelledError
from threading import Event

import pytest

from listenlive.worker import Rank, Worker

PATIENCE = 20.0  # seconds after which a test is stuck; none waits as long


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.close()


def test_the_most_urgent_job_is_done_first_and_equals_keep_their_order(worker):
    order, begun, go = [], Event(), Event()

    def first():
        begun.set()
        go.wait(PATIENCE)

    worker.at(Rank.NOW).submit(first)
    begun.wait(PATIENCE)
    ranks = (Rank.LATER, Rank.SOON, Rank.NOW, Rank.SOON, Rank.NOW)
    jobs = [worker.at(r).submit(order.append, (r, i)) for i, r in enumerate(ranks)]
    go.set()
    for job in jobs:
        job.result(PATIENCE)
    assert order == [
        (Rank.NOW, 2),
        (Rank.NOW, 4),
        (Rank.SOON, 1),
        (Rank.SOON, 3),
        (Rank.LATER, 0),
    ]


def test_a_long_job_makes_way_for_what_is_more_urgent_only(worker):
    order, begun, go = [], Event(), Event()

    def long():
        begun.set()
        go.wait(PATIENCE)
        worker.make_way()
        order.append("long")

    job = worker.at(Rank.SOON).submit(long)
    begun.wait(PATIENCE)
    jobs = [worker.at(r).submit(order.append, r.name) for r in (Rank.LATER, Rank.SOON, Rank.NOW)]
    go.set()
    for each in (job, *jobs):
        each.result(PATIENCE)
    assert order == ["NOW", "long", "SOON", "LATER"]


def test_an_error_reaches_who_asks_and_the_worker_goes_on(worker):
    def broken():
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        worker.at(Rank.NOW).submit(broken).result(PATIENCE)
    assert worker.at(Rank.NOW).submit(lambda: 7).result(PATIENCE) == 7


def test_closing_cancels_what_waits():
    worker, begun, go = Worker(), Event(), Event()

    def first():
        begun.set()
        go.wait(PATIENCE)
        return "done"

    running = worker.at(Rank.NOW).submit(first)
    begun.wait(PATIENCE)
    waiting = worker.at(Rank.NOW).submit(lambda: None)
    waiting.add_done_callback(lambda _: go.set())  # closing waits for what runs
    worker.close()
    assert waiting.cancelled()
    assert running.result(PATIENCE) == "done"
    with pytest.raises(RuntimeError, match="closed"):
        worker.at(Rank.NOW).submit(lambda: None)


def test_nothing_more_urgent_nothing_to_make_way_for(worker):
    worker.make_way()
    assert worker.at(Rank.LATER).submit(lambda: 1).result(PATIENCE) == 1


def test_a_long_job_ends_where_it_makes_way_once_nobody_waits_for_it():
    worker, begun, go = Worker(), Event(), Event()

    def long():
        begun.set()
        go.wait(PATIENCE)
        worker.make_way()
        return "all of it"

    job = worker.at(Rank.LATER).submit(long)
    begun.wait(PATIENCE)
    waiting = worker.at(Rank.LATER).submit(lambda: None)
    waiting.add_done_callback(lambda _: go.set())
    worker.close()
    with pytest.raises(CancelledError):
        job.result(PATIENCE)
