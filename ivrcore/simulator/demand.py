"""Reads a scenario's ``traffic:``: who calls which queue."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from ivrcore.config import CallBackConfig
from ivrcore.config.names import read_levels
from ivrcore.fields import Fields, read_number
from ivrcore.problems import did_you_mean, quoted
from ivrcore.simulator import keys
from ivrcore.simulator.chance import NEVER, Duration, Fixed
from ivrcore.simulator.rules import BAD_CLOCK, LEFT_OUT, NO_JOURNAL, NO_TRAFFIC, UNKNOWN_QUEUE
from ivrcore.simulator.traffic import Demand, Rate, Several, Traffic, Wishes
from ivrcore.simulator.values import DAY, midnights, parse_clock, read_duration
from ivrcore.yamltree import MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.location import Location
    from ivrcore.model.roster import QueueFacts
    from ivrcore.simulator.scenario import Reading

JOURNAL = "journal"


def read_traffic(top: Fields, queues: Sequence[QueueFacts], reading: Reading) -> Traffic:
    """Read the callers of all queues."""
    names = [queue.name for queue in queues]
    entry = top.entry("traffic", required=True)
    if entry and replays(entry.value):
        return _replayed(names, reading, entry.value.location)
    sources: list[Traffic] = []
    for each in top.entries("traffic"):
        fields = Fields(each.value, top.problems, f"traffic of {quoted(each.key)}")
        if each.key not in names:
            message = f"there is no queue {quoted(each.key)}"
            top.problems.report(UNKNOWN_QUEUE, each.location, message, did_you_mean(each.key, names))
        sources.append(_demand(fields, each.key, reading))
    if entry and not sources:
        top.problems.report(NO_TRAFFIC, entry.location, "no queue has traffic", "add one under 'traffic:'")
    return Several(tuple(sources))


def replays(traffic: Node | None) -> bool:
    """Whether the callers of the journal come as they came."""
    return isinstance(traffic, ScalarNode) and traffic.text == JOURNAL


def _replayed(names: list[str], reading: Reading, place: Location) -> Traffic:
    past = reading.past
    if past is None:
        return Several(())
    for queue in past.queues:
        why = "there is no such queue" if queue not in names else "nobody talked there"
        if queue not in names or past.talk(queue) is None:
            message = f"callers of queue {quoted(queue)} in the journal are left out: {why}"
            reading.problems.report(LEFT_OUT, place, message)
    return past.replay(reading.past_begin, names)


def _demand(fields: Fields, queue: str, reading: Reading) -> Demand:
    found = Demand(
        queue=queue,
        rates=_rates(fields, reading),
        talk=_duration(fields, "handling", queue, reading, required=True),
        patience=_duration(fields, "patience", queue, reading),
        priority=fields.integer("priority", 0, least=-1000, most=1000),
        skills=read_levels(fields, "skills"),
        call_back=_call_back(fields),
    )
    fields.finish(keys.TRAFFIC)
    return found


def _call_back(top: Fields) -> Wishes | None:
    """Read who asks to be called back, and what the site does for it."""
    fields = top.within("call_back", f"{top.what}, call_back")
    if fields is None:
        return None
    usual = CallBackConfig()
    found = Wishes(
        after=fields.seconds("after", 60.0, most=DAY),
        accepts=fields.number("accepts", 1.0, least=0.0, most=1.0),
        patience=read_duration(fields, "patience", NEVER),
        answer=read_duration(fields, "answer", Fixed(5.0)),
        misses=fields.number("misses", 0.0, least=0.0, most=1.0),
        tries=fields.integer("tries", usual.tries, least=1, most=20),
        ring=fields.seconds("ring", usual.ring, least=1.0, most=60.0),
        gap=fields.seconds("gap", usual.gap, most=DAY),
        longest_wait=fields.seconds("longest_wait", usual.longest_wait, least=1.0, most=7 * DAY),
    )
    fields.finish(keys.CALL_BACK)
    return found


def _duration(fields: Fields, key: str, queue: str, reading: Reading, *, required: bool = False) -> Duration:
    """Read a distribution, or take it from the journal."""
    entry = fields.entry(key, required=required)
    if entry is None or not (isinstance(entry.value, ScalarNode) and entry.value.text == JOURNAL):
        return read_duration(fields, key, NEVER if key == "patience" else Fixed(60.0))
    past = reading.past
    if past is None:
        return NEVER  # that there is none was told
    if key == "patience":
        return past.patience(queue)
    talk = past.talk(queue)
    if talk is None:
        message = f"the journal has no conversation of queue {quoted(queue)}"
        fields.problems.report(NO_JOURNAL, entry.value.location, message)
    return talk or Fixed(60.0)


def _rates(fields: Fields, reading: Reading) -> tuple[Rate, ...]:
    """Read one rate, or rates by time of day, the same every day, as contacts a second."""
    entry = fields.entry("per_hour", required=True)
    if entry is None or not isinstance(entry.value, MapNode):
        per_hour = fields.number("per_hour", 0.0, least=0.0, most=1e7)
        return (Rate(0.0, per_hour / 3600),)
    found = []
    for each in entry.value.entries:
        since, rate = parse_clock(each.key), None
        if isinstance(each.value, ScalarNode):
            rate = read_number(each.value.text)
        if since is None:
            message = f"{fields.what}: {quoted(each.key)} is no time of day"
            fields.problems.report(BAD_CLOCK, each.location, message, "write it as 09:00")
        elif rate is None or rate < 0:
            fields.wrong(each.value, f"contacts an hour from {each.key} on")
        else:
            found.append((since, rate / 3600))
    found.sort(key=itemgetter(0))
    first, *others = midnights(reading.begins, reading.end)
    days = (first - DAY, first, *others)
    return _steps([(day + since, rate) for day in days for since, rate in found])


def _steps(found: list[tuple[float, float]]) -> tuple[Rate, ...]:
    """Give the rates from 0 on: the last one before it holds, be it of the evening before."""
    before = [rate for since, rate in found if since <= 0]
    first = Rate(0.0, before[-1] if before else 0.0)
    return (first, *(Rate(since, rate) for since, rate in found if since > 0))
