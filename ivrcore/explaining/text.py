"""An explanation as text for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivrcore.explaining.model import AgentRow, Decision, Explanation, OfferView, OtherRow
from ivrcore.explaining.words import claim_in_words, counted, key_in_words, left_out, need_in_words, seconds
from ivrcore.routing.offering import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_AGENTS = 15
MOST_OTHERS = 5
INDENT = " " * 19


def as_text(explanation: Explanation, *, everything: bool = False) -> str:
    """Write it out; long lists are cut short unless ``everything`` is wanted. Times are UTC."""
    began = explanation.decisions[0].at
    lines = [f"contact {explanation.contact}"]
    for decision in explanation.decisions:
        began -= decision.set_back
        lines += _decision(decision, began, everything=everything)
    lines += [f"a plugin failed while the past was rebuilt: {one}" for one in explanation.failed]
    return "\n".join(lines)


def _decision(decision: Decision, began: float, *, everything: bool) -> Iterator[str]:
    at = datetime.fromtimestamp(decision.at, UTC).strftime("%H:%M:%S")
    yield f"{at}  {'+' + seconds(decision.at - began):>7}  {decision.said}"
    yield from (INDENT + line for line in decision.details)
    if decision.offer is not None:
        yield from (INDENT + line for line in _offer(decision, decision.offer, everything=everything))


def _offer(decision: Decision, offer: OfferView, *, everything: bool) -> Iterator[str]:
    if offer.note:
        yield f"note: {offer.note}"
    if offer.kept is not None and not offer.same:
        yield f"the event: {offer.kept.free} free ({left_out(offer.kept.excluded) or 'nobody left out'})"
        yield from (f"  {at:>3}. {name}, tier {tier}, sorted by {key_in_words(key)}"
                    for at, (name, tier, key) in enumerate(offer.kept.first, 1))  # fmt: skip
    free = sum(1 for row in offer.agents if row.rank)
    yield f"agents of {decision.queue}, {free} of {len(offer.agents)} free for it:"
    yield from _cut([_agent(row, decision.at) for row in offer.agents], MOST_AGENTS, everything)
    if offer.others:
        yield "others who waited, the first of each line:"
        yield from _cut([_other(row) for row in offer.others], MOST_OTHERS, everything)


def _cut(lines: Sequence[str], most: int, everything: bool) -> Iterator[str]:
    shown = lines if everything else lines[:most]
    yield from (f"  {line}" for line in shown)
    if len(shown) < len(lines):
        yield f"  … and {len(lines) - len(shown)} more (--all)"


def _agent(row: AgentRow, now: float) -> str:
    facts = [f"tier {row.tier}"]
    if row.key:
        facts.append(
            f"sorted by {key_in_words(row.key)}" + (" (idle time: the strategy failed)" * row.by_idle_time)
        )
    if row.idle_since is not None:
        facts.append(f"idle {seconds(now - row.idle_since)}")
    elif row.incomplete:
        facts.append("idle time not known")
    facts.append(f"{counted(row.contacts, 'contact')} and {row.occupancy:.0%} occupied in the last hour")
    if row.skills:
        facts.append(", ".join(f"{skill} {level}" for skill, level in sorted(row.skills.items())))
    place = f"{row.rank:>3}." if row.rank else "   -"
    out = f"{words(row.reason)}; " if row.reason else ""
    rung = "  <- rung" if row.rung else ""
    return f"{place} {row.agent}: {out}{', '.join(facts)}{rung}"


def _other(row: OtherRow) -> str:
    return (
        f"{row.contact} in {row.queue} for {seconds(row.waited)}, {claim_in_words(row.claim)}, needs "
        f"{need_in_words(row.need)}: {row.reason}"
    )
