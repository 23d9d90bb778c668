"""``/api/v1/dialplans/graph`` and ``/NAME/graph``: pictures of a text, or of what is served and its callers.

Drawing is done on a thread: a dialplan of thousands of menus takes some tenths of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from ivrcore.collecting import uncollected
from ivrcore.errors import RequestRefused
from ivrcore.picture.counts import Counts
from ivrcore.picture.moment import moment
from ivrcore.versions.refusals import NotPassed
from ivrcore.versions.views import shown as shown_problems

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.problems import Problem
    from ivrcore.versions.edition import Edition

ALL = "all"
MOST_DEPTH = 50


class Drafts(Protocol):
    """What is asked of the live dialplans; :class:`ivrcore.versions.Library` is it."""

    def current(self, name: str) -> Edition:
        """Give what is served under a name."""

    async def text(self, name: str, version: str) -> str:
        """Give the text of a version."""

    async def draft(self, text: str, name: str = "") -> tuple[Plan | None, list[Problem]]:
        """Read a text as far as it can be read."""


class Ways(Protocol):
    """The ways that callers took; :class:`ivrcore.metrics.traffic.TrafficFold` is it."""

    def versions(self, name: str) -> list[str]:
        """The versions of a dialplan that have counts."""

    def counts(
        self, name: str, versions: Collection[str], now: float, since: float = 0.0, until: float | None = None
    ) -> Counts:
        """Add up the contacts that arrived within a time."""


class NoWays:
    """Nobody ever called."""

    def versions(self, name: str) -> list[str]:
        """There is none."""
        return []

    def counts(
        self, name: str, versions: Collection[str], now: float, since: float = 0.0, until: float | None = None
    ) -> Counts:
        """Nothing was counted."""
        return Counts(since=since, until=now if until is None else until)


class Graphs:
    """Makes the answers. ``now`` gives UTC seconds."""

    def __init__(self, drafts: Drafts, ways: Ways, now: Callable[[], float]) -> None:
        self._drafts = drafts
        self._ways = ways
        self._now = now

    async def of_text(self, text: str, name: str = "", middle: str = "", depth: int = 2) -> dict[str, object]:
        """Draw a text that is being written; raise NotPassed where it cannot be read as a dialplan."""
        plan, problems = await self._drafts.draft(text, name)
        if plan is None:
            raise NotPassed(name or "text", problems)
        answer = await asyncio.to_thread(_drawn, plan, middle, depth, None, ())
        return answer | {"problems": shown_problems(problems)}

    async def of_served(
        self, name: str, version: str, since: str, until: str, middle: str, depth: str
    ) -> dict[str, object]:
        """Draw a version of what is served, with the callers of that version, or of ``all``."""
        plan = await self._plan(name, "" if version == ALL else version)
        now = self._now()
        begin = moment(since, now) if since else 0.0
        end = moment(until, now) if until else None
        known = self._ways.versions(name)
        versions = known if version == ALL else [plan.version]
        counts = self._ways.counts(name, versions, now, begin, end)
        answer = await asyncio.to_thread(_drawn, plan, middle, _depth(depth), counts, versions)
        return answer | {"counted_versions": known}

    async def _plan(self, name: str, version: str) -> Plan:
        edition = self._drafts.current(name)
        if version in ("", edition.version):
            return edition.plan
        plan, problems = await self._drafts.draft(await self._drafts.text(name, version), name)
        if plan is None:
            raise NotPassed(f"{name} {version}", problems)
        return plan


def _depth(text: str) -> int:
    if text and not (text.isdecimal() and 1 <= int(text[:4]) <= MOST_DEPTH):
        raise RequestRefused("the depth is no number of steps", hint=f"1 to {MOST_DEPTH}")
    return int(text or 2)


def _drawn(
    plan: Plan, middle: str, depth: int, counts: Counts | None, versions: Sequence[str]
) -> dict[str, object]:
    from ivrcore.picture.dot import dot  # the rest of the server draws nothing
    from ivrcore.picture.draw import draw
    from ivrcore.picture.mermaid import mermaid
    from ivrcore.picture.near import near
    from ivrcore.picture.overlay import overlay
    from ivrcore.picture.shown import shown

    with uncollected():
        picture = draw(plan)
        if counts is not None:
            picture = overlay(picture, counts, versions)
        if middle:
            picture = near(picture, middle, depth)
        return {"dot": dot(picture), "mermaid": mermaid(picture), **shown(picture)}
