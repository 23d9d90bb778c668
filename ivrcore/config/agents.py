"""The agents of a configuration, and their phones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.model import AgentRules
from ivrcore.config.names import check_name, read_levels
from ivrcore.config.rules import SHARED_PHONE, UNKNOWN_PBX, UNKNOWN_QUEUE, UNREACHED_PBX, UNSAFE_TEXT
from ivrcore.fields import Fields
from ivrcore.model.pbx import MAIN, at
from ivrcore.model.roster import AgentFacts, MemberFacts
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ivrcore.config.model import AsteriskConfig
    from ivrcore.location import Location
    from ivrcore.yamltree import Entry

HIGHEST_TIER = 1000
MOST_AT_ONCE = 20
_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[\w.@:+/-]+")
PHONE = "{phone}"
"""Stands in a trunk for the phone's name at its own PBX."""


def read_agent(
    entry: Entry,
    problems: Problems,
    queues: Collection[str],
    rules: AgentRules,
    pbxs: Mapping[str, AsteriskConfig] | None,
) -> AgentFacts:
    """Read one agent; ``queues`` and ``pbxs`` are those that there are (None: it does not matter where)."""
    check_name(entry, "agent", problems)
    fields = Fields(entry.value, problems, f"agent {quoted(entry.key)}")
    endpoint = fields.text("endpoint", required=True)
    if endpoint:
        check_endpoint(endpoint, fields, "endpoint")
    pbx = fields.text("pbx", MAIN)
    if pbxs is None:
        pbx, pbxs = MAIN, {}
    elif pbx not in pbxs:
        message = f"{fields.what}: there is no PBX {quoted(pbx)}"
        problems.report(UNKNOWN_PBX, fields.place("pbx"), message, did_you_mean(pbx, pbxs))
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
        pbx=pbx,
        trunks={
            name: dialled_by(one.trunks[pbx], endpoint) for name, one in pbxs.items() if pbx in one.trunks
        },
    )
    fields.finish(keys.AGENT)
    return facts


def dialled_by(trunk: str, endpoint: str) -> str:
    """Give what a PBX dials by a trunk for a phone that another one dials as ``endpoint``."""
    resource = endpoint.partition("/")[2]
    return trunk.replace(PHONE, resource.partition("/")[0].partition("@")[0])


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
        name = at(agent.pbx, technology.upper() + slash + phone)  # Asterisk takes pjsip as PJSIP
        other = first.setdefault(name, entry)
        if agent.endpoint and other is not entry:
            message = (
                f"agent {quoted(entry.key)} has the endpoint {agent.endpoint} of agent {quoted(other.key)}"
            )
            hint = f"that one is on line {other.location.line}; two agents cannot share a phone"
            problems.report(SHARED_PHONE, _phone(entry), message, hint)


def _phone(entry: Entry) -> Location:
    found = entry.value.get("endpoint") if isinstance(entry.value, MapNode) else None
    return found.value.location if found else entry.location


def check_reach(top: Fields, pbxs: Iterable[str], agents: tuple[AgentFacts, ...]) -> None:
    """Report the PBXs whose callers can be connected with nobody, where there are several."""
    for name in pbxs if agents else ():
        if not any(name in agent.reach for agent in agents):
            message = (
                f"no agent's phone can be dialled from PBX {quoted(name)}: its callers would wait in vain"
            )
            hint = f"give agents 'pbx: {name}', or {name} a trunk to where they are"
            place = top.entry("asterisk")
            top.problems.report(UNREACHED_PBX, place.location if place else top.location, message, hint)
