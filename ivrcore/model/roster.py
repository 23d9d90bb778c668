"""Queues (skill groups) and agents as configuration states them: the facts that routing decides on."""

from __future__ import annotations

from typing import Any

import msgspec

from ivrcore.model.pbx import MAIN, at

ONLY_MAIN = frozenset((MAIN,))
HIGHEST_LEVEL = 100
"""Of a skill; the lowest is 1."""


class RelaxationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A relaxation and its settings."""

    name: str
    options: dict[str, Any] = {}


class OverflowFacts(msgspec.Struct, frozen=True, kw_only=True):
    """When a contact moves on to another queue: after so long, or where the wait is expected to be longer.

    With both, the expected wait is looked at from that time on.
    """

    to: str
    after: float | None = None
    expected: float | None = None


class QueueFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A queue: which skills it asks for, who picks the agent, and how long things may take (seconds)."""

    name: str
    skills: dict[str, int] = {}
    """Skill -> least level an agent needs."""
    strategy: str = "longest_idle"
    options: dict[str, Any] = {}
    """The strategy's own settings."""
    require: dict[str, Any] = {}
    """Rule of eligibility -> what every contact of this queue asks of it."""
    relaxation: str = ""
    """Who widens a contact's need while it waits; "" for nobody."""
    relaxation_options: dict[str, Any] = {}
    relaxation_next: tuple[RelaxationFacts, ...] = ()
    """Those that take over when it has nothing more to say, one after another."""
    order: str = "priority"
    """Who says which waiting contact goes first."""
    order_options: dict[str, Any] = {}
    ring_time: float = 20.0
    wrap_up: float = 10.0
    threshold: float = 20.0
    """Service-level threshold T."""
    objective: float = 0.8
    """Share of callers whom alerts want answered within it."""
    short_abandon: float = 5.0
    max_wait: float | None = None
    """After this long the visit ends as timed out."""
    retry_after: float = 5.0
    """How long an agent who missed an offer is left alone, by every queue."""
    pause_after: int = 0
    """An agent who missed so many offers in a row is paused; 0 for never."""
    priority: int = 0
    """Added to each caller's own; more is sooner."""
    join_empty: bool = True
    """Whether contacts may join while nobody is logged in who could ever take them."""
    join_waiting: int | None = None
    """So many may wait; who comes then goes on in the dialplan."""
    join_expected: float | None = None
    """With a longer expected wait nobody joins."""
    leave_empty: bool = False
    """Whether those who wait leave when the last agent logs out."""
    overflow: tuple[OverflowFacts, ...] = ()
    redial: float = 0.0
    """Who hangs up while waiting and calls again within this has the place again; 0 for nobody."""
    last_agent: float = 0.0
    """For so many seconds who talked with a contact, or with its caller, is preferred; 0: nobody."""


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent is in one queue."""

    tier: int = 1
    """Level, penalty or ring: agents of a lower tier come first."""
    weight: float = 1.0
    """Share of contacts, where the queue's strategy uses it."""


class AgentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An agent: phone, and skill -> level (1 is least)."""

    name: str
    endpoint: str
    """What Asterisk dials, such as ``PJSIP/agent1``."""
    skills: dict[str, int] = {}
    queues: tuple[str, ...] = ()
    """Queues served, whatever they ask for; empty: every queue whose skills the agent has."""
    display: str = ""
    members: dict[str, MemberFacts] = {}
    """Queue -> what the agent is there, where that is not the usual."""
    capacity: int = 1
    """Contacts at once."""
    confirm: float | None = None
    """Whoever picks the phone up (it may be a voicemail) must press a key within so many seconds; None: need
    not."""
    pbx: str = MAIN
    """The PBX that the phone is registered at."""
    trunks: dict[str, str] = {}
    """Other PBX -> what it dials for this phone, of those that can."""

    @property
    def reach(self) -> frozenset[str]:
        """The PBXs whose callers can be connected with this phone."""
        return frozenset((self.pbx, *self.trunks)) if self.trunks or self.pbx != MAIN else ONLY_MAIN

    def dialled_from(self, pbx: str) -> str:
        """Give what a PBX dials for this phone; where it cannot, what the phone's own would."""
        return self.endpoint if pbx == self.pbx else self.trunks.get(pbx, self.endpoint)

    def home_from(self, pbx: str) -> str:
        """Give the phone (see :func:`ivrcore.model.pbx.at`) where a PBX dials it by a trunk, else ""."""
        return at(self.pbx, self.endpoint) if pbx in self.trunks and pbx != self.pbx else ""
