"""What a report tells, what the metrics count and what stands in the journal, compared figure by figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ivrcore.history.database import Database
from ivrcore.history.report import About
from ivrcore.journal.record import Record
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import fold
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import COUNTED
from tests.unit.history.history_site import whole

LATER = 4_000_000_000.0
Values = Mapping[str, float | None]


def by_key(database: Database, about: About) -> dict[tuple[str, ...], Values]:
    return {line.key: line.values for line in whole(database, about, until=LATER).lines}


def count(events: Sequence[Event], kind: type[Event], **wanted: Any) -> int:
    return sum(
        type(one) is kind and all(getattr(one, name) == value for name, value in wanted.items())
        for one in events
    )


def check_contacts(row: Values, figures: Figures, events: Sequence[Event]) -> None:
    assert row["offered"] == figures.offered == count(events, e.ContactArrived)
    assert {name: row[name] for name in figures.closed} == figures.closed
    assert row["closed"] == sum(figures.closed.values()) == count(events, e.ContactClosed)


def check_queue(name: str, row: Values, figures: Figures, events: Sequence[Event]) -> None:
    queue = figures.queues[name]
    assert row["entered"] == queue.entered == count(events, e.ContactQueued, queue=name)
    assert row["answered"] == queue.answered == count(events, e.VisitAnswered, queue=name)
    assert row["abandoned"] == queue.abandoned == count(events, e.VisitAbandoned, queue=name)
    assert row["left"] == sum(queue.left.values())
    assert {why: row[f"left_{why}"] for why in queue.left} == queue.left
    assert row["waiting"] == len(figures.waiting()[name])
    assert row["refused"] == sum(queue.refused.values()) == count(events, e.JoinRefused, queue=name)
    answered = count(events, e.VisitAnswered, queue=name, in_threshold=True)
    assert row["answered_in_threshold"] == queue.answered_in_threshold == answered
    abandoned = count(events, e.VisitAbandoned, queue=name, in_threshold=True)
    assert row["abandoned_in_threshold"] == queue.abandoned_in_threshold == abandoned
    assert row["abandoned_short"] == queue.abandoned_short
    assert row["wait_answered"] == pytest.approx(queue.wait_answered.total, abs=1e-6)
    assert row["wait_abandoned"] == pytest.approx(queue.wait_abandoned.total, abs=1e-6)
    assert (row["talks"], row["talk"]) == (queue.talk.count, pytest.approx(queue.talk.total, abs=1e-6))
    assert (row["holds"], row["sent_on"]) == (queue.hold.count, queue.sent_on)
    assert row["wrap_ups"] == queue.wrap_up.count
    assert row["wrap_up"] == pytest.approx(queue.wrap_up.total, abs=1e-6)
    assert row["offers"] == queue.offers == count(events, e.OfferMade, queue=name)
    assert row["offers_accepted"] == queue.offers_accepted == count(events, e.OfferAccepted, queue=name)
    assert row["offers_ended"] == sum(queue.offers_ended.values())
    assert row["offers_picked_up"] == queue.offers_picked_up


def check_agent(name: str, row: Values, figures: Figures, now: float) -> None:
    agent = figures.agents[name]
    assert row["answered"] == agent.contacts
    for state in COUNTED:
        spent = agent.seconds[state]
        if agent.since is not None and state == agent.state:
            spent += now - agent.since
        assert row[f"{state}_seconds"] == pytest.approx(spent, abs=1e-3), state


def check_menu(key: tuple[str, ...], row: Values, figures: Figures) -> None:
    menu = figures.menus[key[0]][key[1]]
    assert row["entered"] == menu.entered
    assert row["choices_by_key"] == sum(by["key"] for by in menu.choices.values())
    assert row["choices_by_speech"] == sum(by["speech"] for by in menu.choices.values())
    assert row["universals"] == sum(sum(by.values()) for by in menu.universals.values())
    assert row["impatient"] == sum(menu.impatient.values())
    assert (row["no_inputs"], row["no_matches"]) == (menu.no_input, menu.no_match)
    assert row["gave_up"] == menu.gave_up


def agree(database: Database, events: Sequence[Event]) -> Counter[str]:
    """Compare the three, of all that is in the journal; give how often things happened."""
    figures = fold(Record(seq, event) for seq, event in enumerate(events, 1))
    queues, agents = by_key(database, About.QUEUES), by_key(database, About.AGENTS)
    menus, contacts = by_key(database, About.MENUS), by_key(database, About.CONTACTS)
    check_contacts(contacts[()], figures, events)
    assert {key[0] for key in queues} == set(figures.queues)
    for (name,), row in queues.items():
        check_queue(name, row, figures, events)
    for name in figures.agents:
        if (name,) in agents:
            check_agent(name, agents[(name,)], figures, LATER)
        else:
            assert not any(figures.agents[name].seconds.values()), name
    assert set(menus) == {(plan, menu) for plan, found in figures.menus.items() for menu in found}
    for key, row in menus.items():
        check_menu(key, row, figures)
    return Counter(type(event).__name__ for event in events)
