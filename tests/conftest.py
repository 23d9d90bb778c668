"""Fixtures for tests of every kind."""

from collections.abc import Iterator

import pytest

from tests.support import leaks


@pytest.fixture
def no_leaks() -> Iterator[list[str]]:
    """Fails a test that leaves tasks, timers, lost exceptions or logged errors behind."""
    import pytest_twisted  # both need the reactor, which is chosen after collection
    from twisted.internet import reactor, task

    yield from leaks.watch(reactor, lambda: pytest_twisted.blockon(task.deferLater(reactor, 0.01)))
