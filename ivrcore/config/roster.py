"""The queues and agents of a configuration, and whether they fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ivrcore.config import keys
from ivrcore.config.agents import check_phones, check_reach, read_agent
from ivrcore.config.model import AgentRules, AsteriskConfig, QueueVoice
from ivrcore.config.names import check_name
from ivrcore.config.needs import check_needs
from ivrcore.config.patience import check_overflow
from ivrcore.config.queue_voice import read_voice
from ivrcore.config.queues import read_queue
from ivrcore.config.routing import RoutingReader
from ivrcore.config.rules import IDLE_AGENT, MISSING_AGENT, MISSING_SKILL, UNSERVED_QUEUE, UNUSED_SKILL
from ivrcore.fields import Fields
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ivrcore.location import Location
    from ivrcore.routing.rulebook import RoutingPlugins
    from ivrcore.yamltree import Entry


class Roster(NamedTuple):
    """Queues, what they sound like, and agents."""

    queues: tuple[QueueFacts, ...]
    voices: dict[str, QueueVoice]
    agents: tuple[AgentFacts, ...]


def read_roster(
    top: Fields,
    language: str,
    routing: RoutingPlugins,
    asked_skills: Collection[str] | None,
    rules: AgentRules,
    asterisk: AsteriskConfig | None = None,
) -> Roster:
    """Read ``queues:`` and ``agents:``.

    ``routing`` is what queues may name. ``asked_skills`` are those that dialplans ask for beside the queues'
    own; None if they are not known, and then no skill is reported as unused. ``rules`` are the agents', whose
    phones are at the PBXs of ``asterisk``; without it nobody asks where they are.
    """
    problems, reader = top.problems, RoutingReader(routing)
    queues: list[QueueFacts] = []
    voices: dict[str, QueueVoice] = {}
    sound: set[str] = set()
    """Queues that nothing is wrong with so far."""
    queue_entries = top.entries("queues")
    for entry in queue_entries:
        check_name(entry, "queue", problems)
        fields = Fields(entry.value, problems, f"queue {quoted(entry.key)}")
        told = len(problems)
        queues.append(read_queue(fields, entry.key, reader))
        if len(problems) == told:
            sound.add(entry.key)
        voices[entry.key] = read_voice(fields, language)
        fields.finish(keys.QUEUE)
    agent_entries = top.entries("agents")
    names = [queue.name for queue in queues]
    pbxs = asterisk.every if asterisk else None
    agents = tuple(read_agent(entry, problems, names, rules, pbxs) for entry in agent_entries)
    check_phones(agent_entries, agents, problems)
    check_reach(top, pbxs or (), agents)
    _check_idle(agent_entries, queues, agents, problems)
    there = {skill for agent in agents for skill in agent.skills}
    for entry, queue in zip(queue_entries, queues, strict=True):
        serving = (agent for agent in agents if serves(agent, queue))
        first = next(serving, None)
        if first is None:
            _tell_unserved(entry, queue, problems)
            continue
        _check_own_skills(entry, queue, there, problems)
        if queue.name in sound and (queue.require or queue.relaxation):
            check_needs(entry, queue, [first, *serving], routing, problems)
    check_overflow(queue_entries, queues, problems)
    _check_named(reader.skills, agents, problems)
    _check_people(reader.agents, agents, problems)
    if asked_skills is not None:
        wanted = {skill for queue in queues for skill in queue.skills} | {*asked_skills, *reader.skills}
        _check_skills(agent_entries, agents, wanted, problems)
    return Roster(tuple(queues), voices, agents)


def _check_named(named: Mapping[str, Location], agents: tuple[AgentFacts, ...], problems: Problems) -> None:
    """Report the skills that routing's options name and nobody has."""
    there = {skill for agent in agents for skill in agent.skills}
    for skill, place in named.items():
        if skill not in there and agents:
            message = f"no agent has the skill {quoted(skill)}"
            problems.report(MISSING_SKILL, place, message, did_you_mean(skill, there))


def _check_people(named: Mapping[str, Location], agents: tuple[AgentFacts, ...], problems: Problems) -> None:
    """Report the agents that routing's options name and that there are not."""
    there = {agent.name for agent in agents}
    for name, place in named.items():
        if name not in there and agents:
            problems.report(
                MISSING_AGENT, place, f"there is no agent {quoted(name)}", did_you_mean(name, there)
            )


def serves(agent: AgentFacts, queue: QueueFacts) -> bool:
    """Whether configuration lets this agent serve this queue: named, or (naming none) by skills."""
    if agent.queues:
        return queue.name in agent.queues
    return all(agent.skills.get(skill, 0) >= level for skill, level in queue.skills.items())


def _check_skills(
    entries: tuple[Entry, ...], agents: tuple[AgentFacts, ...], wanted: set[str], problems: Problems
) -> None:
    for entry, agent in zip(entries, agents, strict=True):
        for skill in agent.skills:
            if skill not in wanted:
                message = (
                    f"agent {quoted(agent.name)}: no queue and no dialplan asks for the skill {quoted(skill)}"
                )
                problems.report(UNUSED_SKILL, entry.location, message, did_you_mean(skill, wanted))


def _check_idle(
    entries: tuple[Entry, ...], queues: list[QueueFacts], agents: tuple[AgentFacts, ...], problems: Problems
) -> None:
    for entry, agent in zip(entries, agents, strict=True):
        if not agent.queues and not any(serves(agent, queue) for queue in queues):
            message = f"agent {quoted(agent.name)} can serve no queue"
            problems.report(IDLE_AGENT, entry.location, message, "give the agent a skill or a queue")


def _tell_unserved(entry: Entry, queue: QueueFacts, problems: Problems) -> None:
    needs = ", ".join(f"{skill} {level}" for skill, level in queue.skills.items())
    message = f"no agent can serve queue {quoted(queue.name)}" + (f" (needs {needs})" if needs else "")
    problems.report(UNSERVED_QUEUE, entry.location, message, "its callers would wait for nobody")


def _check_own_skills(entry: Entry, queue: QueueFacts, there: set[str], problems: Problems) -> None:
    """Report skills that a queue asks for and nobody has: its agents serve it all the same, by its name."""
    for skill in sorted(queue.skills.keys() - there):
        node = entry.value.get("skills") if isinstance(entry.value, MapNode) else None
        named = node.value.get(skill) if node and isinstance(node.value, MapNode) else None
        message = f"queue {quoted(queue.name)}: no agent has the skill {quoted(skill)}"
        place = named.location if named else entry.location
        problems.report(MISSING_SKILL, place, message, did_you_mean(skill, there))
