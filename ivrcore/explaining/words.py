"""Needs, ends and reasons in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ivrcore.model.names import By, LeftQueue, OfferEnd
from ivrcore.routing.need import AGENTS, PBX, SKILLS, TIER, need_of
from ivrcore.routing.offering import words
from ivrcore.routing.rulebook import LONGEST_HELD_BACK, MOST_CLAIMED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

A_TIME = 1e8
"""A number of a sort key from here on is a time (UTC seconds, of 1973 or later): nothing else is so large."""

OFFER_ENDS = {
    OfferEnd.NO_ANSWER: "did not answer",
    OfferEnd.REJECTED: "rejected the call, or was busy",
    OfferEnd.UNREACHABLE: "could not be reached",
    OfferEnd.AGENT_HUNG_UP: "answered, and hung up before the caller was there",
    OfferEnd.UNCONFIRMED: "picked up (it may have been a voicemail), and did not press the key",
    OfferEnd.CALLER_LEFT: "was rung until the caller hung up",
    OfferEnd.AGENT_LEFT: "paused or logged out while the phone rang",
    OfferEnd.TAKEN: "was rung until another agent answered",
    OfferEnd.WITHDRAWN: "was rung until the offer was withdrawn",
    OfferEnd.CUSTOMER_MISSED: "took the call-back, and the customer could not be reached",
    OfferEnd.FAILED: "could not be joined to the caller: something failed",
}
"""How an offer came to nothing; the agent is the subject."""

LEFT = {
    LeftQueue.TIMED_OUT: "waited as long as the queue lets anybody wait",
    LeftQueue.NOBODY_THERE: "left: nobody was there",
    LeftQueue.FULL: "was not let in: as many wait already as the queue lets wait",
    LeftQueue.TOO_LONG: "was not let in: the expected wait was too long",
    LeftQueue.BY_KEY: "left by a key",
    LeftQueue.WITHDRAWN: "was sent back to the dialplan",
    LeftQueue.MOVED: "was moved to another queue",
    LeftQueue.NOT_REACHED: "could not be called back",
    LeftQueue.EMERGENCY: "left: the emergency switch was used",
    LeftQueue.FAILED: "left: something failed, or the queue was gone",
}
"""How a visit ended; the contact is the subject."""

TALK_ENDS = {
    By.CALLER: "the caller hung up",
    By.AGENT: "the agent hung up",
    By.SERVER: "the server ended it",
    By.UNKNOWN: "nobody saw who ended it",
}


def need_in_words(need: Mapping[str, Any]) -> str:
    """Say what is asked of an agent, e.g. ``french 2 or more; tier 3 at most``."""
    return "; ".join(_rule(rule, asked) for rule, asked in need_of(need)) or "any agent of the queue"


def _rule(rule: str, asked: Any) -> str:
    if rule == SKILLS and isinstance(asked, tuple):
        return ", ".join(f"{skill} {level} or more" for skill, level in asked)
    if rule == AGENTS and isinstance(asked, tuple):
        return ("one of " if len(asked) > 1 else "only ") + ", ".join(map(str, asked))
    if rule == PBX:
        return f"a phone that PBX {asked} can dial"
    if rule == TIER and isinstance(asked, tuple) and len(asked) >= 2:
        return _tiers(*asked[:3])
    return f"{rule} {', '.join(map(str, asked)) if isinstance(asked, tuple) else asked}"


def _tiers(least: int | None, most: int | None, as_tier: int | None = None) -> str:
    if least is None or most is None:
        told = f"tier {most} at most" if least is None else f"tier {least} or more"
    else:
        told = f"tier {least} to {most}"
    return told + (f", lower ones as {as_tier}" if as_tier is not None else "")


def left_out(excluded: Mapping[str, int]) -> str:
    """Say why how many agents were left out, e.g. ``3 talking, 2 logged out``."""
    return ", ".join(f"{count} {words(reason)}" for reason, count in sorted(excluded.items()))


def claim_in_words(claim: float) -> str:
    """Say how urgent a contact was; the contact is the subject."""
    if claim > MOST_CLAIMED:
        return f"goes before all who have not waited for {seconds(LONGEST_HELD_BACK)} yet"
    return f"claims {claim:.1f} s"


def key_in_words(key: Sequence[float | str]) -> str:
    """Write a sort key: times of the day (UTC) for what are times."""
    return "/".join(_part(part) for part in key)


def _part(part: float | str) -> str:
    if isinstance(part, str) or abs(part) < A_TIME:
        return f"{part:g}" if isinstance(part, float) else str(part)
    return ("-" if part < 0 else "") + datetime.fromtimestamp(abs(part), UTC).strftime("%H:%M:%S")


def counted(number: int, what: str) -> str:
    """Write a number of things, e.g. ``1 contact`` or ``3 contacts``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def seconds(value: float) -> str:
    """Write a duration, e.g. ``63 s`` or ``2 h 05 min``."""
    if value < 600:
        return f"{value:.0f} s"
    hours, minutes = divmod(round(value / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
