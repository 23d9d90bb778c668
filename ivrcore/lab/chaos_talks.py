"""Who talks with whom, by Asterisk's own bridges; and whether they talk on until one of them hangs up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_site import call_id

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ivrcore.lab.chaos_calls import Calls
    from ivrcore.lab.hotline import HotlineLab

Talk = tuple[str, str]
"""The SIP Call-IDs of two phones that hear each other."""
FIELDS = 14
EXPLAINED = 10.0
"""Seconds within which the phones tell who hung up."""


def talks(lab: HotlineLab) -> dict[frozenset[str], Talk]:
    """Give all talks by the ids of their channels; one that ends meanwhile is left out."""
    found = {}
    for channels in _joined(lab):
        one, other = (call_id(lab.pbx, channel) for channel in sorted(channels))
        if one and other:
            found[channels] = one, other
    return found


def _joined(lab: HotlineLab) -> set[frozenset[str]]:
    bridges: dict[str, list[str]] = {}
    for line in lab.pbx.rx("core show channels concise").splitlines():
        row = line.split("!")
        if len(row) >= FIELDS and row[0].startswith("PJSIP/") and row[12]:
            bridges.setdefault(row[12], []).append(row[13])
    return {frozenset(channels) for channels in bridges.values() if len(channels) == 2}


def parted(lab: HotlineLab, calls: Calls, before: Mapping[frozenset[str], Talk]) -> list[str]:
    """Say which of those who talked before do not any more, though neither has hung up."""
    deadline = time.monotonic() + EXPLAINED
    while True:
        wrong = torn(before, _joined(lab), hung_up(lab, calls))
        if not wrong or time.monotonic() > deadline:
            return [f"{' and '.join(_name(lab, calls, one) for one in talk)} were parted" for talk in wrong]
        time.sleep(0.1)


def torn(
    before: Mapping[frozenset[str], Talk], now: Collection[frozenset[str]], gone: Collection[str]
) -> list[Talk]:
    """Give the talks that are over, and of which neither phone is among those that have hung up."""
    return [
        talk
        for channels, talk in before.items()
        if channels not in now and not any(one in gone for one in talk)
    ]


def hung_up(lab: HotlineLab, calls: Calls) -> set[str]:
    """Give the SIP Call-IDs of the calls that their own phones have ended."""
    callers = {
        call.call_id for call in calls.made if call.happened("done") and call.result(0).ended_by != "far"
    }
    phones = lab.phones.agents.values()
    return callers | {one.call_id for phone in phones for one in phone.calls if one.ended_by == "agent"}


def _name(lab: HotlineLab, calls: Calls, phone: str) -> str:
    """Name whose call it is."""
    caller = next((number for number, call in calls.of.items() if call.call_id == phone), "")
    agents = (
        agent.name for agent in lab.phones.agents.values() if any(one.call_id == phone for one in agent.calls)
    )
    return caller or next(agents, phone)
