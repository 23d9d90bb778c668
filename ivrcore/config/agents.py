"""The agents of a configuration, and their phones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.model import AgentRules
from ivrcore.config.names import check_name, read_levels
from ivrcore.config.rules import SHARED_PHONE, UNKNOWN_QUEUE, UNSAFE_TEXT
from ivrcore.fields import Fields
from ivrcore.model.roster import AgentFacts, MemberFacts
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivrcore.location import Location
    from ivrcore.yamltree import Entry

HIGHEST_TIER = 1000
MOST_AT_ONCE = 20
_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[\w.@:+/-]+")


def read_agent(entry: Entry, problems: Problems, queues: Collection[str], rules: AgentRules) -> AgentFacts:
    """Read one agent; ``queues`` are those that there are."""
    check_name(entry, "agent", problems)
    fields = Fields(entry.value, problems, f"agent {quoted(entry.key)}")
    endpoint = fields.text("endpoint", required=True)
    if endpoint:
        check_endpoint(endpoint, fields, "endpoint")
    members = _members(fields, queues)
    usual = MemberFacts()
    facts = AgentFacts(
        name=entry.key,
        endpoint=endpoint,
        skills=read_levels(fields, "skills"),
        queues=tuple(members),
        display=fields.text("display"),
        members={queue: member for queue, member in members.items() if member != usual},
        capacity=fields.integer("capacity", 1, least=1, most=MOST_AT_ONCE),
        confirm=rules.confirmation.within if fields.boolean("confirm", False) else None,
    )
    fields.finish(keys.AGENT)
    return facts


def _members(fields: Fields, queues: Collection[str]) -> dict[str, MemberFacts]:
    """Read ``queues``: names, or what the agent is in each by name."""
    entry = fields.entry("queues")
    if entry is None:
        return {}
    if isinstance(entry.value, MapNode):
        for each in entry.value.entries:
            _check_queue(each.key, each.location, fields, queues)
        return {each.key: _member(each, fields) for each in entry.value.entries}
    named = fields.texts("queues")
    for node in named:
        _check_queue(node.text, node.location, fields, queues)
    return {node.text: MemberFacts() for node in named}


def _check_queue(name: str, place: Location, fields: Fields, queues: Collection[str]) -> None:
    if name not in queues:
        message = f"{fields.what}: there is no queue {quoted(name)}"
        fields.problems.report(UNKNOWN_QUEUE, place, message, did_you_mean(name, queues))


def _member(entry: Entry, agent: Fields) -> MemberFacts:
    fields = Fields(entry.value, agent.problems, f"{agent.what}, queue {quoted(entry.key)}")
    default = MemberFacts()
    member = MemberFacts(
        tier=fields.integer("tier", default.tier, least=0, most=HIGHEST_TIER),
        weight=fields.number("weight", default.weight, least=0.0, most=1000.0),
    )
    fields.finish(keys.MEMBER)
    return member


def check_endpoint(endpoint: str, fields: Fields, key: str) -> None:
    """Report what Asterisk could not dial, or would interpret."""
    if not _ENDPOINT.fullmatch(endpoint):
        entry = fields.node.get(key)
        place = entry.value.location if entry else fields.location
        message = f"{fields.what}: {quoted(endpoint)} is not something to dial"
        fields.problems.report(UNSAFE_TEXT, place, message, "such as PJSIP/agent1")


def check_phones(entries: tuple[Entry, ...], agents: tuple[AgentFacts, ...], problems: Problems) -> None:
    """Report two agents with one phone."""
    first: dict[str, Entry] = {}
    for entry, agent in zip(entries, agents, strict=True):
        technology, slash, phone = agent.endpoint.partition("/")
        other = first.setdefault(technology.upper() + slash + phone, entry)  # Asterisk takes pjsip as PJSIP
        if agent.endpoint and other is not entry:
            message = (
                f"agent {quoted(entry.key)} has the endpoint {agent.endpoint} of agent {quoted(other.key)}"
            )
            hint = f"that one is on line {other.location.line}; two agents cannot share a phone"
            problems.report(SHARED_PHONE, _phone(entry), message, hint)


def _phone(entry: Entry) -> Location:
    found = entry.value.get("endpoint") if isinstance(entry.value, MapNode) else None
    return found.value.location if found else entry.location
