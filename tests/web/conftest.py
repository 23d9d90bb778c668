"""A served hotline for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from tests.web.served import Served


@pytest.fixture
def served() -> Iterator[Served]:
    # Imported late: conftest files are read before pytest-twisted has installed the reactor.
    from tests.web.served import Served

    made = Served()
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.server.stop()))
