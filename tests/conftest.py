"""Fixtures for tests of every kind."""

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest

from tests.support import leaks, reruns
from tests.support.not_here import NotHere
from tests.support.spread import Spread
from tests.support.steady import SteadyPolicy

asyncio.set_event_loop_policy(SteadyPolicy())  # before there is a reactor: it takes its loop from here
gc.disable()  # until all is collected: modules and tests, which stay


def pytest_configure(config: pytest.Config) -> None:
    """Tests of what cannot be had here say so; tests on real processes are spread well; flaky ones tell."""
    config.pluginmanager.register(NotHere())
    config.pluginmanager.register(Spread())
    config.pluginmanager.register(reruns)


def pytest_collection_finish() -> None:
    """Take what is collected out of every later collection of garbage: `no_leaks` asks for many."""
    gc.collect()
    gc.freeze()
    gc.enable()
    # Where Trial was imported, as Twisted's own doubles do, pytest looks Twisted's version up in the files of
    # the package before every test: 1.7 ms each.
    sys.modules.pop("twisted.trial.unittest", None)


@pytest.fixture
def no_leaks() -> Iterator[list[str]]:
    """Fails a test that leaves tasks, timers, lost exceptions or logged errors behind."""
    import pytest_twisted  # both need the reactor, which is chosen after collection
    from twisted.internet import reactor, task

    yield from leaks.watch(reactor, lambda: pytest_twisted.blockon(task.deferLater(reactor, 0.01)))
