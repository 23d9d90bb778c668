"""The queues and agents of a configuration, and whether they fit each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.config import keys
from ivrcore.config.model import QueueVoice
from ivrcore.config.rules import (
    BAD_NAME,
    IDLE_AGENT,
    SHARED_PHONE,
    UNKNOWN_QUEUE,
    UNKNOWN_STRATEGY,
    UNSAFE_TEXT,
    UNSERVED_QUEUE,
    UNUSED_SKILL,
)
from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.fields import Fields, read_integer, read_number
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Collection

    from ivrcore.location import Location
    from ivrcore.yamltree import Entry

HIGHEST_LEVEL = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NAME = re.compile(r"[\w][\w.-]{0,63}")
_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[\w.@:+/-]+")


class Roster(NamedTuple):
    """Queues, what they sound like, and agents."""

    queues: tuple[QueueFacts, ...]
    voices: dict[str, QueueVoice]
    agents: tuple[AgentFacts, ...]


def read_roster(
    top: Fields, language: str, strategies: Collection[str], asked_skills: Collection[str] | None
) -> Roster:
    """Read ``queues:`` and ``agents:``.

    ``strategies`` are all that a queue may name. ``asked_skills`` are those that dialplans ask for beside
    the queues' own; None if they are not known, and then no skill is reported as unused.
    """
    problems = top.problems
    queues: list[QueueFacts] = []
    voices: dict[str, QueueVoice] = {}
    queue_entries = top.entries("queues")
    for entry in queue_entries:
        check_name(entry, "queue", problems)
        fields = Fields(entry.value, problems, f"queue {quoted(entry.key)}")
        queues.append(_queue(fields, entry.key, strategies))
        voices[entry.key] = _voice(fields, language)
        fields.finish(keys.QUEUE)
    agent_entries = top.entries("agents")
    agents = tuple(_agent(entry, problems, [queue.name for queue in queues]) for entry in agent_entries)
    _check_phones(agent_entries, agents, problems)
    _check_fit(queue_entries, queues, agent_entries, agents, problems)
    if asked_skills is not None:
        wanted = {skill for queue in queues for skill in queue.skills} | set(asked_skills)
        _check_skills(agent_entries, agents, wanted, problems)
    return Roster(tuple(queues), voices, agents)


def check_name(entry: Entry, what: str, problems: Problems) -> None:
    """Report a name that metrics, URLs or Asterisk could not carry."""
    if not _NAME.fullmatch(entry.key):
        message = f"{what} {quoted(entry.key)}: a name is made of letters, digits, '.', '_' and '-'"
        problems.report(BAD_NAME, entry.location, message)


def read_levels(fields: Fields, key: str) -> dict[str, int]:
    """Read skills: a mapping of skill to level, or a list of skills (level 1)."""
    entry = fields.entry(key)
    if entry is None:
        return {}
    if not isinstance(entry.value, MapNode):
        return {node.text: 1 for node in fields.text_items(entry.value)}
    levels = Fields(entry.value, fields.problems, f"{fields.what}, {key}")
    return {
        each.key: levels.integer(each.key, 1, least=1, most=HIGHEST_LEVEL) for each in entry.value.entries
    }


def read_prompt(fields: Fields, key: str, language: str) -> Prompt:
    """Read a prompt: a text to be spoken, ``{play: file}``, or a list of these."""
    entry = fields.entry(key)
    if entry is None:
        return ()
    nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    parts = (_part(node, fields, key, language) for node in nodes)
    return tuple(part for part in parts if part is not None)


def _part(node: Node, fields: Fields, key: str, language: str) -> Spoken | Recorded | None:
    if isinstance(node, ScalarNode) and not node.is_null:
        return Spoken(node.text, language)
    if not isinstance(node, MapNode):
        fields.wrong(node, f"a text, or 'play: FILE', for {key!r}")
        return None
    part = Fields(node, fields.problems, f"{fields.what}, {key}")
    path = part.text("play", required=True)
    part.finish()
    return Recorded(path)


def _queue(fields: Fields, name: str, strategies: Collection[str]) -> QueueFacts:
    default = QueueFacts(name=name)
    strategy = fields.text("strategy", default.strategy)
    if strategy not in strategies:
        entry = fields.node.get("strategy")
        place = entry.value.location if entry else fields.location
        message = f"{fields.what}: no plugin gives a strategy {quoted(strategy)}"
        fields.problems.report(UNKNOWN_STRATEGY, place, message, did_you_mean(strategy, strategies))
    max_wait = fields.seconds("max_wait", 0.0)
    return QueueFacts(
        name=name,
        skills=read_levels(fields, "skills"),
        strategy=strategy,
        options=_options(fields),
        ring_time=fields.seconds("ring_time", default.ring_time, least=1.0, most=600.0),
        wrap_up=fields.seconds("wrap_up", default.wrap_up),
        threshold=fields.seconds("threshold", default.threshold),
        short_abandon=fields.seconds("short_abandon", default.short_abandon),
        max_wait=max_wait or None,
        retry_after=fields.seconds("retry_after", default.retry_after),
        priority=fields.integer("priority", default.priority, least=-1000, most=1000),
    )


def _options(fields: Fields) -> dict[str, str | int | float | bool]:
    options: dict[str, str | int | float | bool] = {}
    for entry in fields.entries("options"):
        if isinstance(entry.value, ScalarNode):
            options[entry.key] = _value(entry.value)
        else:
            fields.wrong(entry.value, f"a text, a number, yes or no for {quoted(entry.key)}")
    return options


def _value(node: ScalarNode) -> str | int | float | bool:
    """Tell what an option's value is: numbers, true and false if not in quotes, else text."""
    if not node.plain:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    whole = read_integer(node.text)
    number = read_number(node.text) if whole is None else whole
    return node.text if number is None else number


def _voice(fields: Fields, language: str) -> QueueVoice:
    default = QueueVoice()
    language = fields.text("language", language)
    music = fields.text("music", default.music)
    if not _NAME.fullmatch(music):
        fields.bad(fields.location, f"{quoted(music)} cannot be a music class of Asterisk")
    position = _by_language(fields, "position", language)
    if any("{position}" not in text for text in position.values()):
        hint = "such as: You are number {position} in the queue."
        fields.bad(fields.location, "'position' does not say where the number goes: {position}", hint)
    return QueueVoice(
        language=language,
        music=music,
        whisper=read_prompt(fields, "whisper", language),
        announce=_announce(fields, language),
        position=position,
        announce_first=fields.seconds("announce_first", default.announce_first),
        announce_every=fields.seconds("announce_every", default.announce_every, least=5.0),
    )


def _by_language(fields: Fields, key: str, language: str) -> dict[str, str]:
    """Read a text, or texts by language; a plain one is of ``language``."""
    entry = fields.entry(key)
    return {} if entry is None else _texts(entry.value, fields, key, language)


def _texts(node: Node, fields: Fields, key: str, language: str) -> dict[str, str]:
    entries = node.entries if isinstance(node, MapNode) else ()
    texts = {one.key: one.value for one in entries} if entries else {language: node}
    for tag, value in texts.items():
        if not _LANGUAGE.fullmatch(tag):
            fields.wrong(node, f"a language such as en instead of {quoted(tag)}, for {key!r}")
        elif not isinstance(value, ScalarNode) or value.is_null:
            fields.wrong(value, f"a text, or texts by language, for {key!r}")
    return {tag: value.text for tag, value in texts.items() if isinstance(value, ScalarNode)}


def _announce(fields: Fields, language: str) -> dict[str, Prompt]:
    """Read a prompt whose texts may be by language; give it whole for each language that one is in."""
    entry = fields.entry("announce")
    if entry is None:
        return {}
    nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    parts = [_announced(node, fields, language) for node in nodes]
    tags = dict.fromkeys(tag for part in parts if isinstance(part, dict) for tag in part)
    return {tag: tuple(_in(tag, part, language) for part in parts if part) for tag in tags or (language,)}


def _announced(node: Node, fields: Fields, language: str) -> Recorded | dict[str, str] | None:
    if isinstance(node, MapNode) and node.get("play"):
        part = _part(node, fields, "announce", language)
        return part if isinstance(part, Recorded) else None
    return _texts(node, fields, "announce", language)


def _in(tag: str, part: Recorded | dict[str, str], language: str) -> Spoken | Recorded:
    if isinstance(part, Recorded):
        return part
    near = next((one for one in (tag, language) if one in part), next(iter(part)))
    return Spoken(part[near], near)


def _agent(entry: Entry, problems: Problems, queues: list[str]) -> AgentFacts:
    check_name(entry, "agent", problems)
    fields = Fields(entry.value, problems, f"agent {quoted(entry.key)}")
    endpoint = fields.text("endpoint", required=True)
    if endpoint:
        check_endpoint(endpoint, fields, "endpoint")
    named = fields.texts("queues")
    for node in named:
        if node.text not in queues:
            message = f"{fields.what}: there is no queue {quoted(node.text)}"
            problems.report(UNKNOWN_QUEUE, node.location, message, did_you_mean(node.text, queues))
    facts = AgentFacts(
        name=entry.key,
        endpoint=endpoint,
        skills=read_levels(fields, "skills"),
        queues=tuple(node.text for node in named),
        display=fields.text("display"),
    )
    fields.finish(keys.AGENT)
    return facts


def check_endpoint(endpoint: str, fields: Fields, key: str) -> None:
    """Report what Asterisk could not dial, or would interpret."""
    if not _ENDPOINT.fullmatch(endpoint):
        entry = fields.node.get(key)
        place = entry.value.location if entry else fields.location
        message = f"{fields.what}: {quoted(endpoint)} is not something to dial"
        fields.problems.report(UNSAFE_TEXT, place, message, "such as PJSIP/agent1")


def _check_phones(entries: tuple[Entry, ...], agents: tuple[AgentFacts, ...], problems: Problems) -> None:
    first: dict[str, Entry] = {}
    for entry, agent in zip(entries, agents, strict=True):
        other = first.setdefault(agent.endpoint, entry)
        if agent.endpoint and other is not entry:
            message = (
                f"agent {quoted(entry.key)} has the endpoint {agent.endpoint} of agent {quoted(other.key)}"
            )
            hint = f"that one is on line {other.location.line}; two agents cannot share a phone"
            problems.report(SHARED_PHONE, _phone(entry), message, hint)


def _phone(entry: Entry) -> Location:
    found = entry.value.get("endpoint") if isinstance(entry.value, MapNode) else None
    return found.value.location if found else entry.location


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


def _check_fit(
    queue_entries: tuple[Entry, ...],
    queues: list[QueueFacts],
    agent_entries: tuple[Entry, ...],
    agents: tuple[AgentFacts, ...],
    problems: Problems,
) -> None:
    for entry, agent in zip(agent_entries, agents, strict=True):
        if not agent.queues and not any(serves(agent, queue) for queue in queues):
            message = f"agent {quoted(agent.name)} can serve no queue"
            problems.report(IDLE_AGENT, entry.location, message, "give the agent a skill or a queue")
    for entry, queue in zip(queue_entries, queues, strict=True):
        if not any(serves(agent, queue) for agent in agents):
            needs = ", ".join(f"{skill} {level}" for skill, level in queue.skills.items())
            message = f"no agent can serve queue {quoted(queue.name)}" + (
                f" (needs {needs})" if needs else ""
            )
            problems.report(UNSERVED_QUEUE, entry.location, message, "its callers would wait for nobody")
