"""What the end-to-end tests share: small sites, callers' and agents' sounds, and the check afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ivrcore.config import load_config
from ivrcore.history.database import Database
from ivrcore.history.projection import Projection
from ivrcore.journal.record import Record
from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab, Samples, samples
from ivrcore.lab.packages import LabError
from ivrcore.metrics import fold
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.model import events
from ivrcore.model.event import Event
from tests.unit.history.agreeing import agree

EventType = TypeVar("EventType", bound=Event)

AGENT_HERTZ, CALLER_HERTZ = 850.0, 1330.0
"""What an agent and a caller sound like; no prompt and no music has these."""

QUEUES = """\
general: {ring_time: 6s, wrap_up: 1s, retry_after: 1s}
cards: {skills: {cards: 1}, ring_time: 6s, wrap_up: 1s, retry_after: 1s}
loans: {skills: {loans: 1}, ring_time: 6s, wrap_up: 0s, retry_after: 1s}
"""
AGENTS = """\
ann: {endpoint: PJSIP/agent1, skills: {cards: 1}}
bob: {endpoint: PJSIP/agent2, skills: {cards: 1}}
cho: {endpoint: PJSIP/agent3, skills: {loans: 1}}
"""
PLAN = """\
name: bank
language: en
numbers:
  "5000": {start: welcome}
  "5001": {start: straight, answer: early_media}
  "5002": {start: ringing, answer: ring, ring: 20s}
  "5003": {answer: busy}
  "5004": {answer: congestion}
defaults: {timeout: 1s}
blocks:
  welcome:
    - menu: main
  straight:
    - queue: cards
  ringing:
    - queue: cards
menus:
  main:
    prompt: Cards, loans or hours?
    choices:
      cards: {say: [card], keys: "1", go: [{queue: cards}, {say: Goodbye.}]}
      loans: {say: [loan], keys: "2", go: [{queue: loans}]}
      hours: {say: [hours], keys: "3", go: [{say: Nine to five.}, {hang_up: normal}]}
    no_input: [Please speak up., Please press a key.]
    no_match: [Pardon?]
    otherwise: [{queue: loans}]
"""


def site(**parts: str) -> dict[str, str]:
    """Give the configuration's parts for `HotlineLab`."""
    return {"queues": QUEUES, "agents": AGENTS, **parts}


def tone(folder: Path, hertz: float, seconds: float = 2.0) -> Path:
    """Write a tone as a wav."""
    return audio.write_wav(folder / f"tone{hertz:.0f}.wav", audio.tone(hertz, seconds))


def hears(wav: Path | None, hertz: float) -> bool:
    """Whether a recording holds a tone, by its own spectrum."""
    assert wav is not None, "nothing was recorded"
    return hearing.contains_tone(audio.read_wav(wav), hertz, 0.5)


def happened(lab: HotlineLab, kind: type[EventType]) -> list[EventType]:
    """Give the journal's events of a kind."""
    return [record.event for record in lab.records() if isinstance(record.event, kind)]


class Opened:
    """The hotlines of one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.labs: list[HotlineLab] = []

    def start(self, config: dict[str, str], plan: str = PLAN, bare: str = "") -> HotlineLab:
        """Start one with phones that register; ``bare`` is added to Asterisk's own dialplan."""
        lab = HotlineLab(
            self._folder, config=config, dialplans={"bank.yaml": plan}, registering=True, bare=bare
        )
        self.labs.append(lab)
        lab.start()
        lab.serve()
        return lab


@contextmanager
def opened(folder: Path, *also: Callable[[HotlineLab], object]) -> Iterator[Opened]:
    """Give hotlines that are checked (`check`, and ``also``) and ended afterwards."""
    mine = Opened(folder)
    yield mine
    try:
        for lab in mine.labs:
            for look in (check, *also):
                look(lab)
    finally:
        for lab in mine.labs:
            lab.close()


def check(lab: HotlineLab) -> None:
    """Nothing is left on Asterisk's own lists, and the journal adds up; metrics equal its fold."""
    lab.wait_for("channels and bridges gone", lambda: not lab.pbx.channels() and not lab.pbx.bridges())
    lab.wait_for("contacts closed", lambda: not unclosed(lab))
    # What Asterisk is done with may still be on its way into the journal.
    with suppress(LabError):
        lab.wait_for("the journal adds up", lambda: not differences(lab), 30.0)
    wrong = differences(lab)
    assert wrong == [], wrong


def differences(lab: HotlineLab) -> list[str]:
    """Say what began and did not end in the journal, as it is at one moment, or the other way round."""
    all_events = [record.event for record in lab.records()]

    def count(name: str, *kinds: type[Event]) -> Counter[str]:
        return Counter(getattr(one, name) for one in all_events if isinstance(one, kinds))

    pairs = {
        "prompts": (count("playback", events.PromptStarted), count("playback", events.PromptEnded)),
        "legs": (
            Counter(set(count("leg", events.LegDialled, events.ContactArrived))),
            Counter(set(count("leg", events.LegEnded))),
        ),
        "visits": (
            count("visit", events.ContactQueued),
            count("visit", events.VisitAnswered, events.VisitAbandoned, events.VisitLeft),
        ),
    }
    return [
        f"{what}: {dict(began)}, {dict(ended)}" for what, (began, ended) in pairs.items() if began != ended
    ]


def counts_much(lab: HotlineLab) -> None:
    """The metrics are the journal's fold."""
    assert figures_equal_fold(lab) > 50


def unclosed(lab: HotlineLab) -> set[str]:
    """Give the contacts that the journal has not closed, and offers and legs that are open."""
    open_ = {one.contact for one in happened(lab, events.ContactArrived)}
    open_ -= {one.contact for one in happened(lab, events.ContactClosed)}
    return open_ | (legs(lab) - {one.leg for one in happened(lab, events.LegEnded)})


def legs(lab: HotlineLab) -> set[str]:
    """Give the legs of callers, and those dialled."""
    return {one.leg for kind in (events.LegDialled, events.ContactArrived) for one in happened(lab, kind)}


MOVING = (
    "ivrcore_queue_longest_wait_seconds",
    "ivrcore_queue_contacts_waiting_past_threshold",
    "ivrcore_agent_state_seconds",
    "ivrcore_link_away_seconds",
    "ivrcore_speech_streams",
    "ivrcore_speech_cores",
    "ivrcore_speech_budget_cores",
    "ivrcore_speech_admitted",
    "ivrcore_speech_server",
    "ivrcore_speech_threads",
)
"""Figures that change with time alone, or that only the running server has."""
ZEROED = "ivrcore_plugin_failures"
"""What the server shows as 0 for every plugin that is loaded; the journal does not know of them."""
FOLDED = ("queue", "contacts", "menu", "speech", "prompts", "commands", "plugin", "agent", "orphans", "link")


def at_one_moment(lab: HotlineLab) -> tuple[Samples, list[Record]]:
    """Give every sample scraped and the journal, between which nothing happened."""
    last, scraped, records = -1, Samples(), list(lab.records())
    while records[-1].seq != last:  # something, such as the end of a wrap-up, came in between
        last, scraped, records = records[-1].seq, lab.metrics(), list(lab.records())
    return scraped, records


def figures_equal_fold(lab: HotlineLab) -> int:
    """Compare every sample scraped with the same made from the journal on disk; give how many."""
    scraped, records = at_one_moment(lab)
    folded = fold.fold(records)
    collector = FiguresCollector(folded, lambda: records[-1].event.at)
    page, _ = Exposition(collector).render("text/plain")
    expected = relevant(samples(page.decode()))
    assert relevant(scraped) == expected
    return len(expected)


def reports_agree(lab: HotlineLab) -> None:
    """Compare every report with the journal and its figures; a server may take records in meanwhile."""
    database = Database(load_config(lab.site).history.url)
    projection = Projection(lab.site / "var/journal.db", database)
    try:
        while True:
            projection.catch_up()
            place = database.place()
            happened = [record.event for record in lab.records() if record.seq <= place.seq]
            try:
                agree(database, happened)
            except AssertionError:
                if database.place() == place:
                    raise
                continue
            return
    finally:
        database.close()


def relevant(given: Samples) -> Samples:
    """Leave out what is no fold, or moves with time alone."""
    return {
        (name, labels): value
        for (name, labels), value in given.items()
        if name.removeprefix("ivrcore_").split("_")[0] in FOLDED and not name.startswith(MOVING)
        if value or not name.startswith(ZEROED)
    }
