"""What can be typed with a colon before it in a conversation: a small function each."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ivrcore.dialplan.state import Phase
from ivrcore.dialplan.turns import menu_keys
from ivrcore.dialplan.walk import Walk
from ivrcore.durations import parse_duration
from ivrcore.errors import ConfigError
from ivrcore.fields import Fields
from ivrcore.model.names import LeftQueue, Told
from ivrcore.problems import Problems, did_you_mean
from ivrcore.speech.slots import SlotKind
from ivrcore.tryout.acts import (
    AgentAnswers,
    HangUp,
    Now,
    QueueEnds,
    Say,
    ServiceAnswers,
    Silence,
    TalkEnds,
    Wait,
)
from ivrcore.tryout.conversation import clock, duration, place_text
from ivrcore.tryout.ear import typed
from ivrcore.tryout.line_fields import constants, read_given
from ivrcore.tryout.narrate import MASK, shown
from ivrcore.tryout.recording import as_test, save
from ivrcore.tryout.setting import Answer
from ivrcore.tryout.terminal import PLAIN, PROBLEM, TYPED, Conversation, Shown
from ivrcore.yamltree import Entry, MapNode, Node, ScalarNode

Said = list[Shown]

MOST_SHOWN = 8
"""Phrases of one choice that `:where` lists."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: how it is written, what it does, and who does it."""

    usage: str
    meaning: str
    run: Callable[[Conversation, Sequence[str]], Said]


def command(talk: Conversation, text: str) -> Said:
    """Carry out what was typed after the colon; whatever it is, the answer is text."""
    name, _, rest = text.partition(" ")
    known = COMMANDS.get(name.lower().replace("_", "-"))
    if known is None:
        return [Shown(PROBLEM, f"There is no :{name}. {did_you_mean(name, COMMANDS)}")]
    return known.run(talk, _words(rest))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return text.split()


def _say(*lines: str) -> Said:
    return [Shown(PLAIN, line) for line in lines]


def _wrong(line: str) -> Said:
    return [Shown(PROBLEM, line)]


# --- looking ------------------------------------------------------------------------------------


def _help(_talk: Conversation, _words: Sequence[str]) -> Said:
    width = max(len(one.usage) for one in COMMANDS.values())
    lines = [f"  :{one.usage.ljust(width)}  {one.meaning}" for one in COMMANDS.values()]
    return _say(
        "Type what the caller says, or keys. ?0.8 loans is heard with confidence 0.8, !1 is pressed while",
        "the prompt plays. An empty line does nothing until the next timer has run out.",
        *lines,
    )


def _vars(talk: Conversation, _words: Sequence[str]) -> Said:
    state = talk.call.state
    values = {**talk.call.plan.variables, **state.variables}
    told = {name: shown(value) for name, value in values.items()} | dict.fromkeys(state.private.secrets, MASK)
    lines = [f"  {name} = {value}" for name, value in told.items()]
    marks = {"language": state.language, "tier": state.tier, "disposition": state.disposition}
    lines += [f"  {name}: {value}" for name, value in marks.items() if value]
    return _say(*(lines or ["  no variables"]))


SAYABLE = {SlotKind.DIGITS: "digits, one by one", SlotKind.AMOUNT: "an amount", SlotKind.DATE: "a date"}


def _where(talk: Conversation, _words: Sequence[str]) -> Said:
    call = talk.call
    words, place = call.narrator.where(call.state)
    lines = [f"  {talk.scene.now()}  ({place_text(place) or words})"]
    turn = call.state.turn
    question = call.plan.question(turn.menu) if turn and call.state.phase is Phase.MENU else None
    if question is not None:
        keys = menu_keys(Walk(call.plan, call.state, call.now, call.world), question)
        lines += [f"    key {key}: {choice.lstrip('@')}" for key, choice in keys.items()]
    said: dict[str, list[str]] = {}
    for phrase in call.listening.grammar.phrases if call.listening else ():
        said.setdefault(phrase.choice, []).append(phrase.text)
    slot = call.listening.grammar.slot if call.listening else None
    lines += [f"    say {SAYABLE[slot.kind]}"] if slot else []
    for choice, phrases in said.items():
        lines += [f"    say {text}: {choice.lstrip('@')}" for text in phrases[:MOST_SHOWN]]
        if len(phrases) > MOST_SHOWN:
            lines.append(f"    … and {len(phrases) - MOST_SHOWN} more for {choice.lstrip('@')}")
    return _say(*lines)


def _time(talk: Conversation, words: Sequence[str]) -> Said:
    if words:
        seconds = parse_duration(words[0])
        if seconds is None or not 0 <= seconds <= 86_400:
            return _wrong("Write a time as 5s, 500ms or 1m30s, a day at most.")
        return talk.act(Wait(TYPED, seconds))
    call = talk.call
    local = datetime.fromtimestamp(call.now, call.plan.zone)
    timer = f", the next timer runs out in {duration(call.timer - call.now)}" if call.timer else ""
    return _say(f"  {local:%Y-%m-%d %H:%M:%S %Z}, {clock(call.now - call.began)} since the call began{timer}")


# --- doing --------------------------------------------------------------------------------------


def _hang_up(talk: Conversation, _words: Sequence[str]) -> Said:
    return talk.act(HangUp(TYPED))


def _silence(talk: Conversation, _words: Sequence[str]) -> Said:
    return talk.act(Silence(TYPED))


def _spoken(talk: Conversation, words: Sequence[str]) -> Said:
    return talk.act(Say(TYPED, typed(" ".join(words)))) if words else _wrong(":say WORDS")


def _agent(talk: Conversation, words: Sequence[str]) -> Said:
    after = parse_duration(words[0]) if words else 0.0
    if after is None or after > 86_400:
        return _wrong("Write a time as 20s or 1m30s.")
    return talk.act(AgentAnswers(TYPED, after))


def _back(talk: Conversation, words: Sequence[str]) -> Said:
    """Come back from an agent, from a queue, or from a service."""
    call = talk.call
    word = words[0].lower().replace("-", "_") if words else ""
    if call.asked is not None:
        return _service(talk, [word or Told.NO_ANSWER])
    if call.visit is not None and call.visit.talking is not None:
        after = parse_duration(word) if word else 0.0
        return talk.act(TalkEnds(TYPED, after if after is not None and after <= 86_400 else 0.0))
    reasons = {str(why): why for why in LeftQueue}
    reasons |= dict.fromkeys(("", "no_answer"), LeftQueue.TIMED_OUT)
    if word not in reasons:
        return _wrong(f"Not {word!r}: {', '.join(LeftQueue)}.")
    return talk.act(QueueEnds(TYPED, reasons[word]))


def _lookup(talk: Conversation, words: Sequence[str]) -> Said:
    problems = Problems()
    node = _mapping(words)
    values = constants(node.entries, Fields(node, problems, "the answer"))
    if problems.errors:
        return _wrong(str(problems.errors[0].message))
    return talk.act(ServiceAnswers(TYPED, Answer(Told.DONE, values)))


def _service(talk: Conversation, words: Sequence[str]) -> Said:
    word = words[0].lower().replace("-", "_") if words else str(Told.DONE)
    if word not in list(Told):
        return _wrong(f"Not {word!r}: {', '.join(Told)}.")
    return talk.act(ServiceAnswers(TYPED, Answer(Told(word))))


# --- the world ----------------------------------------------------------------------------------


def _set_queue(talk: Conversation, words: Sequence[str]) -> Said:
    if not words:
        return _wrong(":set-queue NAME waiting=5 ready=0 expected_wait=3m longest_wait=2m")
    return _change(talk, queues=MapNode(TYPED, (Entry(TYPED, words[0], _mapping(words[1:])),)))


def _announce(talk: Conversation, words: Sequence[str]) -> Said:
    if not words:
        return _wrong(":announce TEXT")
    return _change(talk, announcements=ScalarNode(TYPED, " ".join(words), plain=False))


def _emergency(talk: Conversation, words: Sequence[str]) -> Said:
    if not words:
        return _wrong(":emergency open | close | message TEXT | forward NUMBER")
    entries = [Entry(TYPED, "action", ScalarNode(TYPED, words[0]))]
    if words[1:]:
        key = "number" if words[0] == "forward" else "text"
        entries.append(Entry(TYPED, key, ScalarNode(TYPED, " ".join(words[1:]), plain=False)))
    return _change(talk, emergency=MapNode(TYPED, tuple(entries)))


def _change(talk: Conversation, **parts: Node) -> Said:
    problems = Problems()
    node = MapNode(TYPED, tuple(Entry(TYPED, key, part) for key, part in parts.items()))
    given = read_given(Fields(node, problems, "the world"))
    if problems.errors:
        one = problems.errors[0]
        return _wrong(f"{one.message}. {one.hint}")
    return talk.act(Now(TYPED, given))


def _mapping(words: Iterable[str]) -> MapNode:
    pairs = {name: value for name, _, value in (word.partition("=") for word in words)}
    entries = (Entry(TYPED, name, ScalarNode(TYPED, value)) for name, value in pairs.items())
    return MapNode(TYPED, tuple(entries))


# --- the conversation itself --------------------------------------------------------------------


def _save(talk: Conversation, words: Sequence[str]) -> Said:
    if not words:
        return _wrong(":save tests/FILE.yaml NAME OF THE TEST")
    file = Path(words[0])
    name = " ".join(words[1:]) or f"call of {talk.setting.number}"
    test = as_test(name, talk.setting, talk.plan.zone, talk.recording.lines())
    try:
        save(test, file)
    except (ConfigError, ValueError) as error:  # ValueError: a path with a zero byte
        return _wrong(f"Not saved: {error}")
    return _say(f"  saved as {name!r} in {file}")


def _again(talk: Conversation, _words: Sequence[str]) -> Said:
    talk.begin()
    return []


def _quit(talk: Conversation, _words: Sequence[str]) -> Said:
    talk.over = True
    return []


COMMANDS: Mapping[str, Command] = {
    "help": Command("help", "this list", _help),
    "where": Command("where", "where the call is, and what can be said and pressed", _where),
    "vars": Command("vars", "variables; secrets are masked", _vars),
    "time": Command("time [30s]", "what time it is; or let time pass", _time),
    "silence": Command("silence", "do nothing until the next timer has run out", _silence),
    "say": Command("say WORDS", "say something that looks like keys", _spoken),
    "hangup": Command("hangup", "hang up", _hang_up),
    "agent": Command("agent [20s]", "an agent takes the waiting call, after so long", _agent),
    "back": Command("back [WHY]", "the talk ends, the queue gives up (timed_out, …), nobody answers", _back),
    "lookup": Command("lookup FIELD=VALUE …", "the lookup that is asked answers", _lookup),
    "service": Command("service HOW", f"what is asked answers: {', '.join(Told)}", _service),
    "set-queue": Command("set-queue NAME waiting=5 …", "figures: waiting, ready, …", _set_queue),
    "announce": Command("announce TEXT", "an announcement for all callers", _announce),
    "emergency": Command("emergency close", "or open, message TEXT, forward NUMBER", _emergency),
    "save": Command("save FILE NAME", "write what was done as a call test", _save),
    "again": Command("again", "call again", _again),
    "quit": Command("quit", "leave", _quit),
}
"""By the word after the colon."""
