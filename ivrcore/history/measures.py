"""What reports tell, each measure with its formula: the definitions of docs/metrics.md. Pure.

What is counted comes from the database; what follows from it (levels, means, rates) is computed here, of a
single row and of a sum of rows alike. A share or mean of nothing is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivrcore.model.names import COUNTED, LeftQueue, Outcome

Row = Mapping[str, float]
"""What was counted, by name."""


class Unit(StrEnum):
    """What a number is."""

    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    """From 0 to 1."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One column: ``formula`` is None for what is counted; of sums ``most`` takes the greatest instead."""

    name: str
    unit: Unit
    meaning: str
    formula: Callable[[Row], float | None] | None = None
    most: bool = False
    brief: bool = False
    """Whether the table for people has it."""


def ratio(above: float, below: float) -> float | None:
    """Divide; None where there is nothing to divide by."""
    return above / below if below else None


def count(name: str, meaning: str, *, brief: bool = False) -> Measure:
    """Make a counted number."""
    return Measure(name, Unit.COUNT, meaning, brief=brief)


def seconds(name: str, meaning: str) -> Measure:
    """Make counted seconds."""
    return Measure(name, Unit.SECONDS, meaning)


def share(name: str, meaning: str, above: str, below: str, *, brief: bool = False) -> Measure:
    """Make a share: sums of names, written ``a + b`` (or ``a - b``)."""
    return Measure(
        name, Unit.SHARE, meaning, lambda row: ratio(_sum(row, above), _sum(row, below)), brief=brief
    )


def mean(name: str, meaning: str, above: str, below: str, *, brief: bool = False) -> Measure:
    """Make a mean of seconds, written like a share."""
    formula: Callable[[Row], float | None] = lambda row: ratio(_sum(row, above), _sum(row, below))  # noqa: E731
    return Measure(name, Unit.SECONDS, meaning, formula, brief=brief)


def _sum(row: Row, written: str) -> float:
    total, sign = 0.0, 1.0
    for word in written.split():
        if word in ("+", "-"):
            sign = 1.0 if word == "+" else -1.0
        else:
            total += sign * row[word]
    return total


LEFT = tuple(f"left_{why.value}" for why in LeftQueue)
"""Names of the counts of visits that left, by why."""

QUEUE: tuple[Measure, ...] = (
    count("entered", "visits that began: N", brief=True),
    count("answered", "joined with an agent: A", brief=True),
    count("answered_in_threshold", "of these, those that waited no longer than the threshold: A_T"),
    count("abandoned", "hung up while waiting: B", brief=True),
    count("abandoned_in_threshold", "of these, within the threshold: B_T"),
    count("abandoned_short", "of these, so soon that many centres leave them out: B_s"),
    count("left", "ended otherwise: X", brief=True),
    *(count(name, f"of these, {name[5:].replace('_', ' ')}") for name in LEFT),
    count("waiting", "wait at the interval's end", brief=True),
    count("refused", "wanted to wait and were not let in: no visits"),
    share("connect_rate", "A / N", "answered", "entered"),
    share("abandon_rate", "B / N", "abandoned", "entered", brief=True),
    share("service_level", "A_T / (A + B)", "answered_in_threshold", "answered + abandoned", brief=True),
    share("service_level_answered", "A_T / A", "answered_in_threshold", "answered"),
    share(
        "service_level_abandons_positive",
        "(A_T + B_T) / (A + B)",
        "answered_in_threshold + abandoned_in_threshold",
        "answered + abandoned",
    ),
    share(
        "service_level_abandons_ignored",
        "A_T / (A + B - B_T)",
        "answered_in_threshold",
        "answered + abandoned - abandoned_in_threshold",
    ),
    mean("mean_wait", "of the answered: ASA", "wait_answered", "answered", brief=True),
    Measure(
        "longest_wait", Unit.SECONDS, "of those whose wait ended, whatever came of it", most=True, brief=True
    ),
    mean("mean_talk", "a conversation, holds included", "talk", "talks", brief=True),
    mean("mean_handling", "(talk + wrap-up) / conversations: AHT", "talk + wrap_up", "talks", brief=True),
    share("offer_answer_rate", "offers accepted / made", "offers_accepted", "offers"),
    count("offers", "times that an agent was asked to take somebody"),
    count("offers_picked_up", "of these, picked up by agents who must press a key"),
    count("offers_accepted", "of these, taken"),
    count("offers_ended", "of these, those of which no conversation came"),
    count("talks", "conversations that ended"),
    count("sent_on", "of these, callers whom the agent sent on"),
    count("holds", "holds in these"),
    seconds("wait_answered", "waits of the answered, added up"),
    seconds("wait_abandoned", "waits of those who hung up, added up"),
    seconds("talk", "conversations, added up, holds included"),
    seconds("hold", "holds, added up"),
    count("wrap_ups", "wrap-ups that ended"),
    seconds("wrap_up", "these, added up"),
)

STATES = tuple(f"{state}_seconds" for state in COUNTED)
"""Names of the seconds that agents spent in each state."""

AGENT: tuple[Measure, ...] = (
    count("answered", "contacts that were joined with the agent", brief=True),
    count("offers", "times that the agent was asked", brief=True),
    count("offers_accepted", "of these, taken", brief=True),
    count("offers_missed", "not answered, rejected, not confirmed, or the phone not reached", brief=True),
    count("offers_ended", "offers of which no conversation came, for whatever reason"),
    share("offer_answer_rate", "offers accepted / made", "offers_accepted", "offers"),
    mean("mean_talk", "a conversation, holds included", "talk", "talks", brief=True),
    mean(
        "mean_handling",
        "(talk + wrap-up) / conversations",
        "talk + wrap_up_seconds",
        "talks",
        brief=True,
    ),
    share(
        "occupancy",
        "(talking + wrap-up) / (that + ready); ringing is not ready",
        "talking_seconds + wrap_up_seconds",
        "talking_seconds + wrap_up_seconds + ready_seconds",
        brief=True,
    ),
    count("talks", "conversations that ended"),
    count("sent_on", "of these, callers whom the agent sent on"),
    count("holds", "holds in these"),
    seconds("talk", "these, added up, holds included"),
    seconds("hold", "holds, added up"),
    *(seconds(name, f"time as {name[:-8].replace('_', ' ')}") for name in STATES),
)

MENU: tuple[Measure, ...] = (
    count("entered", "times that callers came to it", brief=True),
    count("turns", "times that it asked"),
    count("choices_by_key", "choices made by key", brief=True),
    count("choices_by_speech", "choices said", brief=True),
    count("no_inputs", "times that nothing came", brief=True),
    count("no_matches", "times that something came which is no choice", brief=True),
    count("gave_up", "times that the menu gave up", brief=True),
    count("universals", "help, again, back, the beginning, or a person asked for"),
    count("impatient", "callers taken to a person ahead of others"),
    count("left", "stays that ended without a choice: hung up, or taken elsewhere", brief=True),
    share("choice_rate", "choices / entered", "choices_by_key + choices_by_speech", "entered", brief=True),
    count("accepted", "utterances that were taken"),
    count("confirmed", "utterances that were asked to confirm"),
    count("rejected", "utterances that were not understood"),
    share(
        "rejected_rate",
        "rejected / all utterances",
        "rejected",
        "accepted + confirmed + rejected",
        brief=True,
    ),
    count("stays", "stays that ended"),
    seconds("time", "these, added up"),
    mean("mean_time", "a stay", "time", "stays"),
)

OUTCOMES = tuple(outcome.value for outcome in Outcome)

DISPOSITION: tuple[Measure, ...] = (
    count("times", "times that the dialplan said so", brief=True),
    count("contacts", "contacts that ended with it as the last that was said", brief=True),
    *(count(name, f"of these, {name.replace('_', ' ')}", brief=True) for name in OUTCOMES),
    mean("mean_length", "from first ring to closed, of these", "length", "contacts", brief=True),
    seconds("length", "lengths of these, added up"),
)

ENGINE: tuple[Measure, ...] = (
    count("utterances", "utterances of which it said what they were", brief=True),
    count("accepted", "of these, taken unasked", brief=True),
    count("confirmed", "of these, asked about", brief=True),
    count("rejected", "of these, not understood: no match", brief=True),
    share("accept_rate", "taken unasked / utterances", "accepted", "utterances", brief=True),
    share("rejected_rate", "not understood / utterances", "rejected", "utterances", brief=True),
    mean("mean_decision", "from the end of speech to the decision", "decision", "utterances", brief=True),
    Measure("slowest_decision", Unit.SECONDS, "the longest of these", most=True, brief=True),
    seconds("decision", "these, added up"),
    count("gave_up", "turns in which it could not hear; the menu went on with keys", brief=True),
    count("taken_out", "times that it was taken out of service for a while", brief=True),
)

CONTACT: tuple[Measure, ...] = (
    count("offered", "contacts that arrived", brief=True),
    count("closed", "contacts that ended", brief=True),
    *(count(name, f"of these, {name.replace('_', ' ')}", brief=True) for name in OUTCOMES),
    count("no_such_number", "of the refused, called a number that no dialplan has"),
    share("diversion_rate", "finished in self-service / ended", "self_served", "closed", brief=True),
    mean("mean_length", "from first ring to closed", "length", "closed", brief=True),
    seconds("length", "lengths, added up"),
)


def counted(measures: Iterable[Measure]) -> list[Measure]:
    """Give those that are counted."""
    return [measure for measure in measures if measure.formula is None]


def nothing(measures: Iterable[Measure]) -> dict[str, float]:
    """Give a row of zeros."""
    return {measure.name: 0.0 for measure in counted(measures)}


def added(measures: Iterable[Measure], rows: Iterable[Row]) -> dict[str, float]:
    """Add rows up; of ``most`` the greatest counts."""
    total = nothing(measures)
    greatest = {measure.name for measure in measures if measure.most}
    for row in rows:
        for name in total:
            total[name] = max(total[name], row[name]) if name in greatest else total[name] + row[name]
    return total


def complete(measures: Iterable[Measure], row: Row) -> dict[str, float | None]:
    """Give every measure of a row, in order."""
    return {
        measure.name: row[measure.name] if measure.formula is None else measure.formula(row)
        for measure in measures
    }
