"""What the journal says of calls that are looked after while nothing happens to them."""

from __future__ import annotations

from twisted.internet.task import Clock

from ivrcore.model.event import Event
from ivrcore.model.events import CallsWatched
from ivrcore.service.watching import EVERY, Watching


def test_it_is_said_every_few_seconds_while_there_are_calls_to_be_seen_until_the_stop() -> None:
    clock, journal, calls = Clock(), list[Event](), [True]
    watching = Watching(clock, journal.extend, clock.seconds, lambda: calls[0])
    watching.stop()
    watching.start()
    assert not journal
    clock.pump([EVERY, EVERY])
    assert journal == [CallsWatched(at=EVERY), CallsWatched(at=2 * EVERY)]
    calls[0] = False
    clock.advance(EVERY)
    assert len(journal) == 2
    calls[0] = True
    clock.advance(EVERY)
    assert len(journal) == 3
    watching.stop()
    clock.advance(10 * EVERY)
    assert len(journal) == 3
    assert not clock.getDelayedCalls()
