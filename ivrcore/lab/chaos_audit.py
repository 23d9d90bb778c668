"""What must be true of a hotline whose server was killed, by its journal, Asterisk, API and metrics."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_agi import CHANNEL, AgiCallers, call_of
from ivrcore.lab.chaos_call_backs import CallBacks
from ivrcore.lab.chaos_doing import Doing
from ivrcore.lab.chaos_holds import Holds
from ivrcore.lab.chaos_people import People
from ivrcore.lab.chaos_site import AGENTS
from ivrcore.lab.hotline import samples
from ivrcore.metrics import fold as metrics_fold
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures
from ivrcore.model import events
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import fold as routing_fold
from ivrcore.routing.state import RouterState
from ivrcore.web.client import ApiClient

if TYPE_CHECKING:
    from ivrcore.lab.hotline import HotlineLab, Samples
    from ivrcore.model.event import Event

SETTLE = 25.0
"""Seconds within which journal, Asterisk, API and metrics must tell the same while calls go on.

The server waits 15 for callers by AGI who may come back to their dialplan's line."""
SOON = 4.0
"""Seconds within which a hold is known: less than what is talked after one."""
COUNTED = (
    "contacts_",
    "queue_",
    "menu_",
    "prompts_",
    "commands_",
    "agent_contacts",
    "agent_offers",
    "orphans_",
)
ENDS = ("_total", "_count", "_bucket")
ONCE: dict[type[Event], tuple[str, str]] = {
    events.ContactArrived: ("arrival of", "contact"),
    events.ContactClosed: ("closing of", "contact"),
    events.OfferMade: ("offer", "offer"),
    events.OfferEnded: ("end of offer", "offer"),
    events.LegDialled: ("dialling of", "leg"),
    events.LegEnded: ("end of", "leg"),
    events.PromptStarted: ("start of", "playback"),
    events.PromptEnded: ("end of", "playback"),
    events.ContactQueued: ("queueing as", "visit"),
    events.VisitAnswered: ("answer of", "visit"),
}
"""What may be told but once, and of what."""


@dataclass(frozen=True)
class Stand:
    """Where somebody stood in a queue: times are UTC seconds."""

    visit: str
    queue: str
    position: int
    entered: float
    since: float


class Audit:
    """Folds the journal as it grows. ``wrong`` is what was found since it was taken last."""

    def __init__(self, lab: HotlineLab) -> None:
        self._lab = lab
        self.seq = 0
        self.open: set[str] = set()
        """Contacts that came and are not closed."""
        self.state = RouterState(load_plugins().routing())
        self.new: list[Event] = []
        """What happened since `forget`."""
        self.wrong: list[str] = []
        self.people = People(lab)
        self.holds = Holds()
        self.call_backs = CallBacks(self.people.of)
        self.agi = AgiCallers()
        self.doing = Doing()
        self.away: list[tuple[float, float]] = []
        """From when to when there was no server, or no link to it (UTC seconds)."""
        self._figures = Figures()
        self._at, self._counted_at = 0.0, 0
        self._told: Counter[tuple[str, str]] = Counter()
        self.hung_up: dict[str, list[float]] = defaultdict(list)
        """Leg -> when we were to hang it up (UTC seconds)."""
        self._came: dict[str, list[str]] = defaultdict(list)
        """Subject -> the legs of their contacts."""

    def read(self) -> Audit:
        """Take in what was written since."""
        for record in self._lab.records_after(self.seq):
            event = record.event
            self.seq, self._at = record.seq, event.at
            routing_fold.apply(self.state, event)
            metrics_fold.apply(self._figures, record)
            self.new.append(event)
            self._follow(event)
            self.agi.take(event)
            self.wrong += [*self.holds.take(event), *self.call_backs.take(event)]
            self.doing.take(event)
        return self

    @property
    def live(self) -> set[str]:
        """The contacts that are open and have a call; who waits to be called back has none."""
        return self.open - self.call_backs.waiting()

    @property
    def callers(self) -> dict[str, list[str]]:
        """Number -> the legs of the contacts of who showed it."""
        found: dict[str, list[str]] = defaultdict(list)
        for subject, legs in self._came.items():
            found[self.people.of(subject)] += legs
        return found

    def forget(self) -> None:
        """Begin anew with what is new and wrong."""
        self.new, self.wrong = [], []

    def happened(self, kind: type[Event]) -> bool:
        """Tell whether something of that kind has happened since `forget`."""
        return any(type(event) is kind for event in self.new)

    def adopted(self) -> set[str]:
        """Read on, and give the contacts that were taken up since `forget`."""
        return {one.contact for one in self.read().new if isinstance(one, events.ContactAdopted)}

    def _follow(self, event: Event) -> None:
        if isinstance(event, events.ContactArrived):
            self.open.add(event.contact)
            self._came[event.subject].append(event.leg)
        elif isinstance(event, events.HangUpRequested):
            self.hung_up[event.leg].append(event.at)
        elif isinstance(event, events.ContactClosed):
            self.open.discard(event.contact)
        elif isinstance(event, events.OfferMade):
            agent = self.state.pool.agents[event.agent]
            if len(agent.offers) > 1:
                self.wrong.append(f"{event.agent} has {len(agent.offers)} offers at once")
        found = ONCE.get(type(event))
        if found is not None:
            what, field = found
            name = getattr(event, field)
            self._told[what, name] += 1
            if self._told[what, name] > 1:
                self.wrong.append(f"{what} {name} is told {self._told[what, name]} times")

    # --- who waits ------------------------------------------------------------------------------

    def stands(self) -> dict[str, Stand]:
        """Give who waits by contact, as the journal says."""
        return {
            one.contact: Stand(one.visit, one.queue, one.position, one.entered, one.since)
            for one in self.state.snapshot().visits
            if one.position
        }

    def moved(self, before: dict[str, Stand]) -> list[str]:
        """Say who of those who waited and still do has another place than before, as the server has it."""
        rows = ApiClient(self._lab.url, self._lab.token).contacts()
        now = {row["contact"]: row for row in rows if row["wait"] and row["contact"] in before}
        wrong = []
        for contact, row in now.items():
            was, entered = before[contact], row["wait"]["entered"]
            again = contact in self.call_backs.open  # a new visit, at the place that it had
            if row["queue"] == was.queue and entered != was.entered and not again:
                wrong.append(f"{contact} entered {was.queue} at {was.entered} and now at {entered}")
        for queue in {was.queue for was in before.values()}:
            here = [one for one, row in now.items() if row["queue"] == queue == before[one].queue]
            is_now = sorted(here, key=lambda one: int(now[one]["wait"]["position"]))
            if is_now != sorted(here, key=lambda one: before[one].position):
                wrong.append(f"the order in {queue} has changed to {is_now}")
        return wrong

    # --- what others tell -----------------------------------------------------------------------

    def strangers(self) -> set[str]:
        """Give contacts without a caller's channel, and callers' channels without a contact."""
        rows = [line.split("!") for line in self._lab.pbx.rx("core show channels concise").splitlines()]
        callers = {f"c-{row[-1]}" for row in rows if row[0].startswith("PJSIP/trunk") and row[5] == "Stasis"}
        open_ = self.read().live - self.agi.came
        return ((callers ^ open_) - self.call_backs.open.keys()) | self.agi.strangers(
            [row for row in rows if len(row) > CHANNEL]
        )

    def _known(self) -> set[str]:
        """Give the contacts that are open, those by AGI as `AgiCallers.strangers` names them."""
        return self.open | {call_of(contact) for contact in self.agi.on_line}

    def crowded(self) -> list[str]:
        """Name the agents' phones that Asterisk calls twice."""
        names = [one.name.rpartition("-")[0] for one in self._lab.pbx.channels()]
        phones = {f"PJSIP/agent{n}" for n in range(1, AGENTS + 1)}
        return [
            f"{name} is called {n} times" for name, n in Counter(names).items() if name in phones and n > 1
        ]

    def holds_differ(self) -> list[str]:
        """Say whose hold the journal has otherwise than the agent's phone, also after `SOON`."""
        deadline = time.monotonic() + SOON
        while wrong := self.holds.unequal(self._lab, self.read().state, self.agi.on_line):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return wrong

    def settled(self) -> list[str]:
        """Wait until journal and everyone else tell the same; say what they do not within `SETTLE`."""
        wrong, deadline = self._differences(), time.monotonic() + SETTLE
        while wrong and time.monotonic() < deadline:
            time.sleep(0.05)
            wrong = self._differences()
        return wrong

    def _differences(self) -> list[str]:
        if strangers := self.strangers():
            told = (f"{one} ({'no channel' if one in self._known() else 'no contact'})" for one in strangers)
            return [f"contacts and callers' channels differ: {sorted(told)}"]
        if crowded := self.crowded():
            return crowded
        before = self._counted(), self._states()
        scraped, agents = self._lab.metrics(), ApiClient(self._lab.url, self._lab.token).agents()
        after = (self._counted(), self._states()) if self.read().seq != self._counted_at else before
        wrong = [
            f"{one['name']} is {one['state']}, and {after[1].get(one['name'])} in the journal"
            for one in agents
            if one["state"] not in (before[1].get(one["name"]), after[1].get(one["name"]))
        ]
        return wrong + miscounted(counters(scraped), before[0], after[0])

    def _states(self) -> dict[str, str]:
        return {name: str(self.state.agent_state(name)) for name in self.state.pool.agents}

    def _counted(self) -> Samples:
        """Give what the journal counts, as it was read last."""
        at, self._counted_at = self._at, self.seq
        page, _ = Exposition(FiguresCollector(self._figures, lambda: at)).render("text/plain")
        return counters(samples(page.decode()))


def miscounted(shown: Samples, before: Samples, after: Samples) -> list[str]:
    """Say which counters are less than the journal had before they were shown, or more than after it."""
    return [
        f"{name} is {shown.get((name, labels))}, and {after.get((name, labels))} in the journal"
        for name, labels in sorted(shown.keys() | after.keys())
        if not before.get((name, labels), 0) <= shown.get((name, labels), -1) <= after.get((name, labels), -1)
    ]


def counters(given: Samples) -> Samples:
    """Leave only what counts what happened."""
    return {
        (name, labels): value
        for (name, labels), value in given.items()
        if name.endswith(ENDS) and name.removeprefix("ivrcore_").startswith(COUNTED)
    }


def back(before: Samples, after: Samples) -> list[str]:
    """Say which counters are lower than they were."""
    now = counters(after)
    return [
        f"{name} fell from {value:g} to {now.get((name, labels), 0):g}"
        for (name, labels), value in counters(before).items()
        if now.get((name, labels), 0) < value
    ]
