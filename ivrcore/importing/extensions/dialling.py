"""Dial as a transfer, where it dials a number over a trunk. A phone of the house is an agent's, which
queues reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.importing import rules
from ivrcore.importing.draft import Step, Steps, Value, hang_up
from ivrcore.importing.extensions.arguments import Arguments, split
from ivrcore.importing.extensions.durations import seconds
from ivrcore.importing.extensions.pieces import Untold

if TYPE_CHECKING:
    from ivrcore.importing.extensions.flow import Flow

_TRUNK = {"dahdi", "zap", "iax2", "sip", "pjsip", "motif", "ooh323", "local"}
NUMBER = re.compile(r"\+?\d{3,15}")
_HARMLESS = set("tTrRwWkKxXhHmc")
_PHONE = "make this phone an agent of a queue (config/agents), then write queue: NAME"


def dial(flow: Flow, place: int) -> tuple[Steps, int]:
    """Translate a Dial; what follows it runs when nobody answered. Gives how many priorities were taken."""
    assert flow.priority is not None
    given = Arguments(flow.priority.arguments)
    number = destination(flow, given[0])
    fields: dict[str, Value] = {"transfer": number}
    if given[1]:
        fields["ring"] = seconds(given[1], "the time-out", 3.0, 180.0)
    options = re.sub(r"\([^)]*\)", "", given[2])
    if set(options) - _HARMLESS - {"g"}:
        flow.warn(rules.OPTION, f"Dial's options {options!r} were left out")
    hint = "allow its prefix, and name the trunk, in config/ivrcore.yaml"
    flow.warn(rules.NEEDS_SETUP, f"transfers to {number} pass the toll-fraud guard", hint)
    if "g" in options:
        return Steps([Step(fields, [flow.line])]), 1
    line = flow.line
    rest = flow.rest(place + 1)
    ended = hang_up()
    if any(one.fields and one.fields != ended.fields for one in rest):
        fields["failed"] = rest
        return Steps([Step(fields, [line]), ended]), len(flow.extension.priorities)
    return Steps([Step(fields, [line]), *rest]), len(flow.extension.priorities)


def destination(flow: Flow, text: str) -> str:
    """Give the number that a Dial dials; raise :class:`Untold` for a phone or several of them."""
    if "$" in text:
        for name, value in flow.ground.constants.items():
            text = text.replace("${" + name + "}", value)
    targets = split(text, "&")
    if len(targets) > 1:
        raise Untold("several phones at once have no translation", _PHONE, rules.NO_DESTINATION)
    technology, _, resource = targets[0].partition("/")
    if technology.casefold() not in _TRUNK or not resource:
        raise Untold(f"{targets[0]!r} is no number on a trunk", _PHONE, rules.NO_DESTINATION)
    candidates = [resource.partition("@")[0]] if "@" in resource else resource.split("/")[1:]
    number = candidates[-1] if candidates else ""
    if NUMBER.fullmatch(number):
        return number
    if number and "$" in number:
        return _computed(flow, number)
    raise Untold(f"{targets[0]!r} is a phone, not a number on a trunk", _PHONE, rules.NO_DESTINATION)


def _computed(flow: Flow, number: str) -> str:
    """Translate a number that is computed in the call; the guard looks at what comes of it."""
    flow.warn(rules.DIFFERENT, "the number is computed in the call; the toll-fraud guard must allow it")
    return flow.values.slots(number)
