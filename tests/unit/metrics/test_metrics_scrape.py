"""Scrapes that use text again: always that of one moment, and what prometheus_client would write of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder, generate_latest
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.utils import floatToGoString

from ivrcore.journal.record import Record
from ivrcore.lab.bench_scrape import MOST_PER_SERIES, MOST_PIECE, MOST_SCRAPE, Site
from ivrcore.metrics.collector import Exposition, FiguresCollector, family_of
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply
from ivrcore.metrics.text import NEWER_TEXT, OPENMETRICS, TEXT, Writer, negotiated, number
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.histogram import Histogram
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.watch import Family
from tests.support.every_event import AGENTS, QUEUES, Calls

ACCEPTS = ("", "application/openmetrics-text; version=1.0.0")


class Live:
    """Figures that are counted on, and scraped by one exposition that lasts."""

    def __init__(self, seed: int) -> None:
        self.figures, self.now = Figures(), 1000.0
        self.collector = FiguresCollector(self.figures, lambda: self.now)
        self.exposition = Exposition(self.collector)
        self._calls = Calls(seed)
        self.happen(*self._calls.opening(self.now))

    def happen(self, *events: Event) -> None:
        for event in events:
            apply(self.figures, Record(self.figures.seq + 1, event))

    def some(self, count: int) -> None:
        """Go on with a round of every event, and leave off in the middle of it."""
        self.now += 0.75
        for _, event in zip(range(count), self._calls.round(self.now), strict=False):
            self.happen(event)

    def fresh(self, accept: str) -> str:
        """What prometheus_client writes of all of it, made anew."""
        registry = CollectorRegistry()
        registry.register(self.collector)
        return choose_encoder(accept)[0](registry).decode().removesuffix("# EOF\n")


def ours(body: bytes) -> str:
    """Without what is told of the process."""
    return body.decode().partition("# HELP process_")[0]


LESS = e.RosterLoaded(at=0.0, queues=(*QUEUES, QueueFacts(name="new", threshold=7.0)), agents=AGENTS[1:])
MORE = e.RosterLoaded(
    at=0.0, queues=QUEUES[:1], agents=(*AGENTS, AgentFacts(name="dee", endpoint="PJSIP/dee"))
)
STEPS = st.lists(
    st.one_of(
        st.integers(1, 90),
        st.sampled_from(["scrape", "half", "more", "less", "back"]),
    ),
    max_size=12,
)


@settings(max_examples=30, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 50), accept=st.sampled_from(ACCEPTS))
def test_text_that_is_used_again_is_what_a_fresh_scrape_would_give(
    steps: list[int | str], seed: int, accept: str
) -> None:
    live = Live(seed)
    under_way: list[tuple[list[bytes], Iterator[bytes], str]] = []
    for step in steps:
        if isinstance(step, int):
            live.some(step)
        elif step == "scrape":
            assert ours(live.exposition.render(accept)[0]) == live.fresh(accept)
        elif step == "half":
            due = live.fresh(accept)
            pieces = live.exposition.pieces(accept)[1]
            under_way.append(([next(pieces)], pieces, due))
        elif step == "back":
            live.happen(e.ClockSetBack(at=live.now, seconds=3.0))
        else:
            live.happen(MORE if step == "more" else LESS)
    for begun, rest, due in reversed(under_way):
        assert ours(b"".join([*begun, *rest])) == due
    assert ours(live.exposition.render(accept)[0]) == live.fresh(accept)


def value(body: str, name: str) -> float:
    return sum(
        sample.value
        for family in parse_text(body)
        for sample in family.samples
        if sample.name == name and sample.labels.get("outcome", "answered") == "answered"
    )


def test_given_events_between_all_pieces_then_a_contact_is_in_all_its_families_or_in_none() -> None:
    site = Site(queues=60, agents=600)
    due = ours(site.exposition.render("")[0])
    began, parts = site.now, []
    for part in site.exposition.pieces("")[1]:
        parts.append(part)
        site.serve(30)
        site.now = began  # the moment of a scrape is read once: what runs is compared below
    body = ours(b"".join(parts))
    assert len(parts) > 10
    assert body == due
    counted = [
        value(body, name)
        for name in (
            "ivrcore_contacts_offered_total",
            "ivrcore_queue_contacts_entered_total",
            "ivrcore_queue_contacts_answered_total",
            "ivrcore_queue_wait_seconds_count",
            "ivrcore_queue_talk_seconds_count",
            "ivrcore_agent_contacts_total",
        )
    ]
    assert counted == [600.0] * 6
    assert value(ours(site.exposition.render("")[0]), "ivrcore_agent_contacts_total") > 600


def test_given_two_scrapes_in_turns_then_each_is_that_of_its_moment() -> None:
    live = Live(3)
    live.some(60)
    first_due, (_, first) = live.fresh(""), live.exposition.pieces("")
    parts = [next(first)]
    live.some(200)
    second_due, (_, second) = live.fresh(""), live.exposition.pieces("")
    others = [next(second), next(second)]
    parts += first
    others += second
    assert ours(b"".join(parts)) == first_due
    assert ours(b"".join(others)) == second_due != first_due


def test_only_what_changed_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(queues=20, agents=40)
    site.scrape()
    written: list[str] = []
    lines = Writer.lines

    def telling(self: Writer, *given: Any) -> list[str]:
        made = lines(self, *given)
        written.extend(made)
        return made

    monkeypatch.setattr(Writer, "lines", telling)
    site.serve(20)
    site.scrape()
    about = [
        line for line in written if line.startswith(("ivrcore_queue_contacts_entered", "ivrcore_agent_con"))
    ]
    assert sorted(line.partition('="')[2].partition('"')[0] for line in about) == [
        "agent-0000", "agent-0020", "queue-000",
    ]  # fmt: skip


def test_given_a_queue_or_an_agent_that_is_no_more_then_its_text_is_not_kept() -> None:
    site = Site(queues=2, agents=30)
    site.scrape()
    gone = site.figures.agents.pop("agent-0007")
    assert gone is not None
    assert b"agent-0007" not in site.exposition.render("")[0]
    texts = site.exposition._texts[False]
    assert len(texts._blocks["agent"]._known) == 29


@given(st.floats() | st.integers(-(10**15), 10**15) | st.booleans())
def test_numbers_are_written_as_prometheus_client_does(of: float) -> None:
    assert number(of) == floatToGoString(of)


class Given:
    def __init__(self, family: object) -> None:
        self._family = family

    def collect(self) -> list[object]:
        return [self._family]


@given(
    kind=st.sampled_from(["counter", "gauge", "histogram"]),
    labels=st.lists(st.sampled_from(["queue", "file", "agent", "outcome", "zone"]), unique=True, max_size=3),
    words=st.lists(
        st.text(max_size=6) | st.sampled_from(['a"b', "%s", "\\n", "50 %", "one\ntwo"]),
        min_size=3,
        max_size=3,
    ),
    accept=st.sampled_from(ACCEPTS),
)
def test_labels_of_any_text_are_written_as_prometheus_client_does(
    kind: str, labels: list[str], words: list[str], accept: str
) -> None:
    histogram = Histogram(edges=(0.5, 2.0, 1e7))
    for size in (0.1, 1.0, 3.0, 1e9):
        histogram.observe(size)
    meaning = 'Says "so"; a \\ and\na line.'
    row = (tuple(words[: len(labels)]), histogram if kind == "histogram" else 7)
    family = Family("ivrcore_x", kind, tuple(labels), meaning, (row,))  # type: ignore[arg-type]
    writer = Writer(family, openmetrics="openmetrics" in accept)
    text = writer.head + "".join(writer.lines(family.rows))
    due = choose_encoder(accept)[0](Given(family_of(family, family.rows)))  # type: ignore[arg-type]
    assert text == due.decode().removesuffix("# EOF\n")


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", TEXT),
        ("*/*", TEXT),
        ("text/html", TEXT),
        ("text/plain", TEXT),
        ("text/plain;version=1.0.0;q=0.5", NEWER_TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5", TEXT),
        ("text/plain;version=0.0.4;q=0.3, application/openmetrics-text;version=1.0.0;q=0.6", OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.9", TEXT),
        ("application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0.1", TEXT),
        ("application/openmetrics-text;version=1.0.0;q=nonsense", TEXT),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;"
            "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OPENMETRICS,
        ),
    ],
)
def test_the_format_is_what_the_scraper_likes_best(accept: str, best: str) -> None:
    assert negotiated(accept) == best


def test_a_large_site_is_cheap_to_scrape() -> None:
    """Ceilings five times those of issue 7: a loaded machine must not fail it, an old design must."""
    site = Site()
    first = site.scrape()
    site.serve(10)
    tenth = site.scrape()
    assert tenth.series == first.series > 65_000
    assert first.seconds / first.series < 5 * MOST_PER_SERIES
    assert tenth.seconds < 5 * MOST_SCRAPE
    assert max(first.longest, tenth.longest) < 5 * MOST_PIECE
    assert tenth.seconds < first.seconds
    whole = CollectorRegistry()
    whole.register(site.collector)
    assert ours(site.exposition.render("")[0]) == generate_latest(whole).decode()
