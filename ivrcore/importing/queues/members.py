"""``member => interface,penalty,name,stateinterface,ringinuse,wrapuptime,paused`` into agents."""

from __future__ import annotations

import re
from typing import cast

from ivrcore.importing import rules
from ivrcore.importing.draft import Value, plain_name
from ivrcore.importing.extensions.reader import Statement
from ivrcore.importing.queues.roster import Part, Roster
from ivrcore.problems import quoted

ENDPOINT = re.compile(r"[A-Za-z0-9]+/[\w.@:+/-]+")
"""What an agent's ``endpoint`` may be."""
FIELD = re.compile(r'(?:^|,)((?:"[^"]*"|[^,])*)')
"""What is between commas; one within quotes is part of it, a quote without its other is a letter."""
HIGHEST_TIER = 1000
MORE = ("stateinterface", "ringinuse", "wrapuptime", "paused")
"""What may follow interface, penalty and name."""


def read_member(roster: Roster, queue: Part, statement: Statement, *, by_weight: bool) -> None:
    """Make the member an agent who serves the queue; list what cannot be."""
    interface, penalty, name, *more = [*_fields(statement.value), "", "", ""][:7]
    if not _can_be_dialled(roster, queue, statement, interface):
        return
    agent = _agent(roster, statement, interface, name)
    tier = _penalty(roster, queue, statement, penalty)
    value: Value = {"weight": round(1 / (1 + tier), 3)} if by_weight else {"tier": tier}
    queues, origins = agent.keys.get("queues", ({}, []))
    cast("dict[str, Value]", queues)[queue.name] = value
    agent.keys["queues"] = queues, [*origins, statement.line.location]
    for what, given in zip(MORE, more, strict=False):
        if given:
            roster.report(rules.OPTION, statement.line, f"{what} {quoted(given)} of a member is left out")


def _fields(value: str) -> list[str]:
    """Split at commas outside quotes; quotes around a field are taken off, as app_queue does for a name."""
    return [field.strip().strip('"').strip() for field in FIELD.findall(value)]


def _can_be_dialled(roster: Roster, queue: Part, statement: Statement, interface: str) -> bool:
    technology = interface.partition("/")[0].casefold()
    if technology == "agent" or not ENDPOINT.fullmatch(interface):
        message = f"the member {quoted(interface)} is no phone that can be rung"
        if technology == "agent":
            message = f"the member {quoted(interface)} logs in from any phone (agents.conf)"
        hint = "write the agent under agents: with the endpoint of a phone"
        roster.report(rules.NO_DESTINATION, statement.line, message, hint)
        queue.note(f"not translated ({rules.NO_DESTINATION.code})", statement.line)
        return False
    if technology == "local":
        message = (
            f"whether {quoted(interface)} is busy cannot be seen: it is a way through Asterisk's dialplan"
        )
        roster.report(rules.DIFFERENT, statement.line, message, "name the phone itself, such as PJSIP/agent1")
    elif technology in ("sip", "iax"):
        message = f"{quoted(interface)} is of a channel driver that newer Asterisks have no more"
        roster.report(rules.NEEDS_SETUP, statement.line, message, "name its PJSIP endpoint")
    return True


def _agent(roster: Roster, statement: Statement, interface: str, name: str) -> Part:
    technology, _, phone = interface.partition("/")
    known = roster.by_phone.get(f"{technology.upper()}/{phone}")
    if known is not None:
        agent = roster.agents[known]
        shown = str(agent.keys.get("display", (agent.name, []))[0])
        if name and name != shown:
            message = f"{interface} is called {quoted(name)} here and {quoted(shown)} above"
            roster.report(rules.DIFFERENT, statement.line, message, "an agent has one name in all queues")
        return agent
    agent = Part(_fresh(roster, plain_name(name or phone.partition("@")[0])), [statement.line.location])
    agent.put("endpoint", interface)
    if name and name != agent.name:
        agent.put("display", name)
    roster.by_phone[f"{technology.upper()}/{phone}"] = agent.name
    roster.agents[agent.name] = agent
    return agent


def _fresh(roster: Roster, name: str) -> str:
    found, number = name, 2
    while found in roster.agents:
        found, number = f"{name}-{number}", number + 1
    return found


def _penalty(roster: Roster, queue: Part, statement: Statement, text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= HIGHEST_TIER):
        message = f"the penalty {quoted(text)} is no number from 0 to {HIGHEST_TIER}: 0 was written"
        roster.report(rules.NO_SETTING, statement.line, message, "ignored members (-1) are left out by hand")
        return 0
    return int(text)
