"""What the metrics are made of: plain counts, kept by :mod:`ivrcore.metrics.fold`. Pure.

The state can be saved and restored, so counters never jump back. Must not know of Prometheus or of a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from ivrcore.errors import JournalError
from ivrcore.metrics.canary_figures import CanaryFigures
from ivrcore.metrics.kept_figures import KeptFigures
from ivrcore.metrics.outside_figures import OutsideFigures, bump, zeros
from ivrcore.metrics.overload_figures import OverloadFigures
from ivrcore.metrics.shared import Shared, copied
from ivrcore.model.announcement import EVERYWHERE
from ivrcore.model.histogram import Exemplar, Histogram
from ivrcore.model.names import (
    COUNTED,
    AdoptedIn,
    AgentState,
    ChosenBy,
    Device,
    EmergencyAction,
    EngineFault,
    LeftQueue,
    OfferEnd,
    Outcome,
    Universal,
    Verdict,
    Via,
)
from ivrcore.model.roster import AgentFacts, QueueFacts

WAIT_EDGES = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1800.0)
TALK_EDGES = (5.0, 15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
WRAP_UP_EDGES = (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
ERROR_EDGES = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
RATIO_EDGES = (0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0, 4.0)
DECISION_EDGES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)

Exemplars: TypeAlias = dict[tuple[str, tuple[str, ...]], Exemplar]
"""Metric and its labels' values -> the contact that was counted last; of this process, not of snapshots."""

FOLD = 8
"""Raised when more is counted than before: figures that an older release folded lack that, and are not gone
on with."""


def _waits() -> Histogram:
    return Histogram(edges=WAIT_EDGES)


def _talks() -> Histogram:
    return Histogram(edges=TALK_EDGES)


def _wrap_ups() -> Histogram:
    return Histogram(edges=WRAP_UP_EDGES)


def _errors() -> Histogram:
    return Histogram(edges=ERROR_EDGES)


def _ratios() -> Histogram:
    return Histogram(edges=RATIO_EDGES)


def _decisions() -> Histogram:
    return Histogram(edges=DECISION_EDGES)


class QueueFigures(msgspec.Struct, kw_only=True, dict=True):
    """One queue's visits: N entered = A answered + B abandoned + X left + those waiting now."""

    threshold: float = 0.0
    """Service-level threshold T, seconds."""
    objective: float = 0.8
    """Share that is to be answered within it."""
    entered: int = 0
    answered: int = 0
    answered_in_threshold: int = 0
    abandoned: int = 0
    abandoned_in_threshold: int = 0
    abandoned_short: int = 0
    left: dict[str, int] = msgspec.field(default_factory=lambda: zeros(LeftQueue))
    left_past_threshold: int = 0
    refused: dict[str, int] = msgspec.field(default_factory=lambda: zeros(LeftQueue))
    """Who was not let in, by reason: no visits."""
    known: int = 0
    """Contacts whose caller is known again, counted at their first visit."""
    repeated: int = 0
    """Of these, those whose caller had talked with an agent shortly before."""
    offers: int = 0
    offers_picked_up: int = 0
    """Those of which the agent had to press a key."""
    offers_accepted: int = 0
    offers_ended: dict[str, int] = msgspec.field(default_factory=lambda: zeros(OfferEnd))
    wait_answered: Histogram = msgspec.field(default_factory=_waits)
    wait_abandoned: Histogram = msgspec.field(default_factory=_waits)
    wait_left: Histogram = msgspec.field(default_factory=_waits)
    expected_error: Histogram = msgspec.field(default_factory=_errors)
    """Seconds between the wait of the answered and what was expected when they came, without its sign."""
    expected_ratio: Histogram = msgspec.field(default_factory=_ratios)
    """The same as waited ÷ expected; only where a wait was expected."""
    talk: Histogram = msgspec.field(default_factory=_talks)
    sent_on: int = 0
    hold: Histogram = msgspec.field(default_factory=_waits)
    wrap_up: Histogram = msgspec.field(default_factory=_wrap_ups)

    def __post_init__(self) -> None:
        self.exemplars: Exemplars = {}

    def has_threshold(self, threshold: float) -> bool:
        """Tell whether T is this already."""
        return self.threshold == threshold and threshold in self.wait_answered.edges

    def set_threshold(self, threshold: float) -> None:
        """Take T over from the configuration and have it among the bucket edges."""
        self.threshold = threshold
        for histogram in (self.wait_answered, self.wait_abandoned, self.wait_left):
            histogram.add_edge(threshold)


class AgentFigures(msgspec.Struct, kw_only=True, gc=False):
    """One agent: state now, seconds spent in each before it, contacts."""

    queues: tuple[str, ...] = ()
    display: str = ""
    state: str = AgentState.LOGGED_OUT.value
    """As the agent is counted: one of :data:`ivrcore.model.names.COUNTED`."""
    since: float | None = None
    """When that began, UTC seconds; None before the first is known."""
    told: AgentState = AgentState.LOGGED_OUT
    """The state alone, without rest and phone."""
    resting: bool = False
    device: Device = Device.UNKNOWN
    reason: str = ""
    seconds: dict[str, float] = msgspec.field(default_factory=lambda: dict.fromkeys(COUNTED, 0.0))
    contacts: int = 0
    last_queue: str = ""
    """Of the last conversation that ended, or call-back taken in vain: wrap-up counts for that queue."""
    last_contact: str = ""
    """Whose that was."""
    last_talk: float | None = None
    """When the last conversation ended, UTC seconds."""
    retired: bool = False


class MenuFigures(msgspec.Struct, kw_only=True, dict=True):
    """One menu of one dialplan."""

    entered: int = 0
    choices: dict[str, dict[str, int]] = {}
    """Choice -> key or speech -> times."""
    universals: dict[str, dict[str, int]] = {}
    """Universal -> key or speech -> times."""
    impatient: dict[str, int] = {}
    """Why callers were taken to a person ahead of others -> times."""
    no_input: int = 0
    no_match: int = 0
    gave_up: int = 0

    def __post_init__(self) -> None:
        self.exemplars: Exemplars = {}

    def chose(self, choice: str, by: ChosenBy) -> None:
        """Count a choice."""
        bump(self.choices.setdefault(choice, zeros(ChosenBy)), by)

    def used(self, universal: Universal, by: ChosenBy) -> None:
        """Count what may be said or pressed in every menu."""
        bump(self.universals.setdefault(universal.value, zeros(ChosenBy)), by)


class EngineFigures(msgspec.Struct, kw_only=True):
    """One recogniser."""

    heard: dict[str, int] = msgspec.field(default_factory=lambda: zeros(Verdict))
    took: Histogram = msgspec.field(default_factory=_decisions)
    gave_up: dict[str, int] = {}
    """Error code -> times."""
    taken_out: dict[str, int] = msgspec.field(default_factory=lambda: zeros(EngineFault))
    """Fault -> times."""


class LinkFigures(msgspec.Struct, kw_only=True):
    """One driver's connection to Asterisk."""

    up: bool = False
    losses: int = 0
    away: float = 0.0
    """Seconds without a connection, those of a loss that still lasts not counted."""
    reason: str = ""
    """Why it went down last."""
    since: float = 0.0
    """When it came up or went down, UTC seconds."""
    told: bool = False
    """Whether anything was told of it since the server started: a site may have turned the driver off."""


class OpenContact(msgspec.Struct, kw_only=True):
    """A contact in progress."""

    arrived: float
    plan: str
    version: str = ""
    """Of the dialplan that it began with."""
    queue: str = ""
    """The queue it waits in, if it does."""
    visit: str = ""
    entered: float = 0.0
    """When it entered that queue, UTC seconds."""
    expected: float | None = None
    """How long it was estimated to wait there."""
    caller: str = ""
    """The random name of its caller, where a queue knows callers again."""
    agent: str = ""
    """Who talks with it, if anybody."""


class NoticeFigures(msgspec.Struct, kw_only=True):
    """What callers hear beside the dialplan."""

    announcements: dict[str, tuple[float, float | None, Via]] = {}
    """Name -> begin and end (UTC seconds), and by which way it came."""
    heard: dict[str, int] = {}
    """Announcement -> times it was played to a contact."""
    switches: dict[str, str] = msgspec.field(default_factory=lambda: {EVERYWHERE: str(EmergencyAction.OPEN)})
    """Scope -> how its emergency switch stands; those that were ever moved."""
    changed: dict[str, int] = msgspec.field(default_factory=lambda: zeros(Via))
    """Way -> announcements set or withdrawn by it."""
    switched: dict[str, int] = msgspec.field(default_factory=lambda: zeros(EmergencyAction))
    """Action -> times an emergency switch was moved to it."""
    met: dict[str, int] = msgspec.field(
        default_factory=lambda: {str(word): 0 for word in EmergencyAction if word is not EmergencyAction.OPEN}
    )
    """Action -> contacts that met it."""
    files_refused: int = 0

    def in_force(self, now: float) -> int:
        """Count the announcements that callers hear now."""
        times = self.announcements.values()
        return sum(starts <= now and (ends is None or now < ends) for starts, ends, _ in times)


class Figures(msgspec.Struct, kw_only=True, dict=True):
    """Everything counted up to the record ``seq``."""

    seq: int = 0
    fold: int = 0
    """The `FOLD` by which all of it was counted; `Figures.dump` writes it."""
    offered: int = 0
    closed: dict[str, int] = msgspec.field(default_factory=lambda: zeros(Outcome))
    open: dict[str, OpenContact] = {}
    """Contact -> what is known of it; its ids, as those of exemplars, are never shown as labels."""
    roster: tuple[QueueFacts, ...] = ()
    served: dict[str, float] = {}
    """Random name of a caller -> when an agent last answered, UTC seconds; the earliest first."""
    queues: dict[str, QueueFigures] = {}
    """Also of queues that are configured no more: a counter does not vanish."""
    agents: dict[str, AgentFigures] = {}
    codes_used: dict[str, dict[str, int]] = {}
    """Code that a phone dialled, ``none`` for what is none -> answer -> times."""
    menus: dict[str, dict[str, MenuFigures]] = {}
    """Dialplan -> menu."""
    dispositions: dict[str, dict[str, int]] = {}
    """Dialplan -> disposition -> times."""
    engines: dict[str, EngineFigures] = {}
    speech_refused: dict[str, dict[str, int]] = {}
    """Language -> why -> turns that did not listen though they would."""
    kept: KeptFigures = msgspec.field(default_factory=KeptFigures)
    canary: dict[str, CanaryFigures] = {}
    """By the hotline's number that is called."""
    links: dict[str, LinkFigures] = {}
    dialplans: dict[str, str] = {}
    """Dialplan -> the version that new calls get."""
    dialplans_published: dict[str, int] = {}
    dialplans_refused: dict[str, int] = {}
    dialplans_retired: dict[str, int] = {}
    """Dialplan -> times."""
    roster_changes: dict[str, int] = msgspec.field(default_factory=lambda: {"taken": 0, "refused": 0})
    """Outcome -> times."""
    config_broken: bool = False
    """Whether the configuration does not take effect as it is saved."""
    commands_failed: dict[str, dict[str, int]] = {}
    """Command -> error code -> times."""
    plugins_failed: dict[str, dict[str, int]] = {}
    """Plugin -> hook -> times."""
    prompts_failed: int = 0
    orphans_ended: int = 0
    adopted: dict[str, int] = msgspec.field(default_factory=lambda: zeros(AdoptedIn))
    """Where contacts were that a server which died had left -> how many went on."""
    notices: NoticeFigures = msgspec.field(default_factory=NoticeFigures)
    outside: OutsideFigures = msgspec.field(default_factory=OutsideFigures)
    overload: OverloadFigures = msgspec.field(default_factory=OverloadFigures)
    starts: int = 0
    started_at: float = 0.0
    version: str = ""

    def __post_init__(self) -> None:
        self._shared = Shared()  # no field: it is of this process, not of what was counted
        self.exemplars: Exemplars = {}

    def links_up(self) -> dict[str, bool]:
        """Tell by driver whether its link stands, of those that the server uses since its start."""
        return {driver: link.up for driver, link in self.links.items() if link.told}

    def queue(self, name: str) -> QueueFigures:
        """Give a queue's figures to be changed at once, made on first sight."""
        found = self.queues.get(name)
        if found is None:
            found = self.queues[name] = QueueFigures()
        elif name in self._shared.queues:
            self._shared.queues.remove(name)
            found = self.queues[name] = copied(found)
        return found

    def agent(self, name: str) -> AgentFigures:
        """Give an agent's figures to be changed at once, made on first sight."""
        found = self.agents.get(name)
        if found is None:
            found = self.agents[name] = AgentFigures()
        elif name in self._shared.agents:
            self._shared.agents.remove(name)
            found = self.agents[name] = copied(found)
        return found

    def menu(self, plan: str, name: str) -> MenuFigures:
        """Give a menu's figures to be changed at once, made on first sight."""
        menus = self.menus.setdefault(plan, {})
        found = menus.get(name)
        if found is None:
            found = menus[name] = MenuFigures()
        elif (plan, name) in self._shared.menus:
            self._shared.menus.remove((plan, name))
            found = menus[name] = copied(found)
        return found

    def freeze(self) -> Figures:
        """Give the figures of this moment; counting goes on in these.

        Queues, agents and menus of what is given never change (see :mod:`ivrcore.metrics.shared`). The rest
        is what is counted on: read it before anything else happens.
        """
        self._shared.queues = set(self.queues)
        self._shared.agents = set(self.agents)
        self._shared.menus = {(plan, name) for plan, menus in self.menus.items() for name in menus}
        frozen = msgspec.structs.replace(
            self,
            queues=dict(self.queues),
            agents=dict(self.agents),
            menus={plan: dict(menus) for plan, menus in self.menus.items()},
        )
        frozen.exemplars = dict(self.exemplars)
        return frozen

    def waiting(self) -> dict[str, list[float]]:
        """Give for every queue when those who wait in it entered, UTC seconds."""
        entered: dict[str, list[float]] = {name: [] for name in self.queues}
        for contact in self.open.values():
            if contact.queue:
                entered[contact.queue].append(contact.entered)
        return entered

    def dump(self) -> bytes:
        """Encode for a snapshot."""
        return msgspec.json.encode(msgspec.structs.replace(self, fold=FOLD))


def load(data: bytes) -> Figures:
    """Restore a snapshot; raise :class:`JournalError` for one that cannot be read, or in which something is
    not counted: then fold from the start."""
    try:
        figures = msgspec.json.decode(data, type=Figures)
    except msgspec.DecodeError as error:
        raise JournalError(f"the snapshot of the metrics cannot be read: {error}") from error
    if figures.fold != FOLD:
        raise JournalError(f"the snapshot of the metrics is of fold {figures.fold}, not {FOLD}")
    figures.fold = 0
    return figures


def serves(agent: AgentFacts, queues: Iterable[QueueFacts]) -> tuple[str, ...]:
    """Name the queues an agent serves: those listed, else every one whose skills the agent has."""
    return tuple(
        queue.name
        for queue in queues
        if (queue.name in agent.queues if agent.queues else _has(agent.skills, queue.skills))
    )


def _has(skills: dict[str, int], asked: dict[str, int]) -> bool:
    return all(skills.get(skill, 0) >= level for skill, level in asked.items())
