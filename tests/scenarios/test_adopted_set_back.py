"""The clock of the machine is set back while the server is dead: no call that is taken up has waited for less
than no time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from twisted.internet.defer import Deferred

from ivrcore.lookup import Json
from ivrcore.model import events
from ivrcore.model.names import Scalar, Told
from tests.scenarios.floor import Floor

LOOKS_UP = """
name: looks-up
language: en
numbers: {"6000": {start: ask}}
blocks:
  ask:
    - lookup: customer
      into: {tier: tier}
    - say: Hello.
"""


@pytest.mark.parametrize("told", [True, False])
def test_given_a_clock_set_back_across_the_death_then_no_answer_took_less_than_no_time(told: bool) -> None:
    floor = Floor(LOOKS_UP)
    floor.lookups["customer"] = Silent()
    floor.call("6000")
    floor.wait(1)
    assert floor.answers() == []
    floor.wall_jump = -60.0
    if told:
        floor.journal.append([events.ClockSetBack(at=floor.clock.now() - 60.0, seconds=60.0)])
    floor = floor.replaced(away=2)
    lost, _asked_again = (one for one in floor.journal.events if isinstance(one, events.ServiceAnswered))
    assert lost.how is Told.FAILED
    assert lost.took == pytest.approx(3.0 if told else 0.0)


class Silent:
    """A lookup that does not answer."""

    def ask(self, values: Mapping[str, Scalar], timeout: float) -> Deferred[Json]:
        return Deferred()

    def close(self) -> None:
        pass
