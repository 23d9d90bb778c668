"""Fixtures for tests of every kind."""

import gc
from collections.abc import Iterator

import pytest

from tests.support import leaks

gc.disable()  # until all is collected: modules and tests, which stay


def pytest_collection_finish() -> None:
    """Take what is collected out of every later collection of garbage: `no_leaks` asks for many."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def no_leaks() -> Iterator[list[str]]:
    """Fails a test that leaves tasks, timers, lost exceptions or logged errors behind."""
    import pytest_twisted  # both need the reactor, which is chosen after collection
    from twisted.internet import reactor, task

    yield from leaks.watch(reactor, lambda: pytest_twisted.blockon(task.deferLater(reactor, 0.01)))
