"""Queues (skill groups) and agents as configuration states them: the facts that routing decides on."""

from __future__ import annotations

import msgspec


class QueueFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A queue: which skills it asks for, who picks the agent, and how long things may take (seconds)."""

    name: str
    skills: dict[str, int] = {}
    """Skill -> least level an agent needs."""
    strategy: str = "longest_idle"
    options: dict[str, str | int | float | bool] = {}
    """The strategy's own settings."""
    ring_time: float = 20.0
    wrap_up: float = 10.0
    threshold: float = 20.0
    """Service-level threshold T."""
    short_abandon: float = 5.0
    max_wait: float | None = None
    """After this long the visit ends as timed out."""
    retry_after: float = 5.0
    """How long an agent who missed an offer is left alone, by every queue."""
    priority: int = 0
    """Added to each caller's own; more is sooner."""


class AgentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An agent: phone, and skill -> level (1 is least)."""

    name: str
    endpoint: str
    """What Asterisk dials, such as ``PJSIP/agent1``."""
    skills: dict[str, int] = {}
    queues: tuple[str, ...] = ()
    """Queues served, whatever they ask for; empty: every queue whose skills the agent has."""
    display: str = ""
