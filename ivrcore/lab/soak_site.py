"""The long run's hotline: queues that tell themselves by a tone, agents, and the phones of customers.

Each queue is announced by a tone of its own and each agent sounds another, so that what a caller heard tells
which queue the call came to and whether an agent was there, without a word of the server's.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

from ivrcore.lab import audio
from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.phones import Answers, Ignores, Rejects
from ivrcore.lab.sipp_scenarios import Behaviour

STAFF = ("ann", "bob", "cho", "dan", "eva", "fin")
"""Agents, whose phones are agent1, agent2, …"""
CUSTOMERS = tuple(range(10, 19))
"""Phones that are called back, by their number."""
COLLEAGUE = 19
"""The phone that callers are transferred to."""
PHONES = 20

AGENT_HERTZ = 850.0
TONES = {"general": 1000.0, "cards": 1200.0, "loans": 1450.0, "short": 1700.0, "backs": 2000.0}
"""Queue -> its tone; music and prompts have none of these for long."""
TONE_SECONDS = 0.5
BEHAVIOURS = 12
"""Different calls that an agent's phone takes before it begins again."""

PLAN = """\
name: soak
language: en
numbers:
  "5000": {start: keys}
  "5001": {start: voice}
  "5002": {start: short}
  "5003": {start: backs}
  "5004": {start: away}
  "5005": {start: night}
  "5009": {answer: busy}
defaults: {timeout: 2s}
blocks:
  general: [{play: general}, {queue: general}, {say: Goodbye.}]
  cards: [{play: cards}, {queue: cards}, {say: Goodbye.}]
  loans: [{play: loans}, {queue: loans, priority: 5}]
  short:
    - play: short
    - queue: short
      too_long: [{say: Nobody is free.}, {hang_up: normal}]
  backs: [{play: backs}, {call_back: backs, number: "{call.caller}"}, {say: We call you.}]
  away: [{transfer: "19", ring: 5s}, {say: Goodbye.}]
  night:
    - queue: night
      nobody_there: [{say: We are closed.}, {hang_up: normal}]
menus:
  keys:
    prompt: Cards, loans, hours, or an agent?
    choices: &choices
      cards: {say: [cards, credit card], keys: "1", go: [{goto: cards}]}
      loans: {say: [loans, mortgage], keys: "2", go: [{goto: loans}]}
      hours: {say: [opening hours], keys: "3", go: [{say: Nine to five.}, {hang_up: normal}]}
      agent: {say: [agent, operator], keys: "0", go: [{goto: general}]}
    no_input: [Please press a key.]
    no_match: [Pardon?]
    otherwise: [{goto: general}]
  voice:
    prompt: Please say cards, loans, opening hours or agent.
    choices: *choices
    no_input: [Please press a key.]
    no_match: [Pardon?]
    otherwise: [{goto: general}]
"""
QUEUES = """\
general: {ring_time: 4s, wrap_up: 1s, retry_after: 2s, threshold: 3s, short_abandon: 2s}
cards: {skills: {cards: 1}, ring_time: 4s, wrap_up: 1s, retry_after: 2s, threshold: 3s, whisper: Cards.}
loans: {skills: {loans: 1}, ring_time: 4s, wrap_up: 0s, retry_after: 2s, threshold: 5s,
  position: "You are number {position}.", announce_first: 2s}
short: {skills: {short: 1}, ring_time: 4s, wrap_up: 1s, retry_after: 2s, threshold: 2s, max_wait: 4s}
backs: {ring_time: 4s, wrap_up: 1s, retry_after: 2s, threshold: 10s}
night: {skills: {night: 1}, join: {empty: no}}
"""
AGENTS = """\
ann: {endpoint: PJSIP/agent1, skills: {cards: 1}}
bob: {endpoint: PJSIP/agent2, skills: {cards: 1, loans: 1}}
cho: {endpoint: PJSIP/agent3, skills: {loans: 1}}
dan: {endpoint: PJSIP/agent4, skills: {cards: 1}}
eva: {endpoint: PJSIP/agent5, skills: {loans: 1}}
fin: {endpoint: PJSIP/agent6, skills: {short: 1, cards: 1}}
"""
OUTBOUND = """\
trunk: PJSIP/agent{digits}
country: "82"
allowed: ["1"]
at_once: 100
per_hour: 10000
per_caller: 1000
per_number: 10000
call_back: {tries: 2, gap: 2s, ring: 5s, most: 1000}
"""


def zone_of_morning(now: float) -> str:
    """Name a time zone in which it is early in the morning at that time (UTC seconds): a day is to last."""
    return f"Etc/GMT{(datetime.fromtimestamp(now, UTC).hour - 3 + 11) % 24 - 11:+d}"


def soak_lab(folder: Path) -> HotlineLab:
    """Make the hotline, and what its callers hear; not started."""
    zone = zone_of_morning(time.time())
    lab = HotlineLab(
        folder,
        agents=PHONES,
        config={
            "speech": speech_section("[vosk, pocketsphinx]"),
            "queues": QUEUES,
            "agents": AGENTS,
            "outbound": OUTBOUND,
            "history": f"{{zone: {zone}}}",
            "wallboard": f"{{time_zone: {zone}}}",
        },
        dialplans={"soak.yaml": PLAN},
    )
    for queue, hertz in TONES.items():
        audio.write_wav(lab.site / f"prompts/{queue}.wav", audio.tone(hertz, TONE_SECONDS))
    return lab


def add_phones(lab: HotlineLab, chance: random.Random) -> None:
    """Give every phone its ways; they are the same for the same seed."""
    ways: dict[str, Behaviour | list[Behaviour]] = {
        f"agent{number}": [_taken(chance) for _ in range(BEHAVIOURS)] for number in range(1, len(STAFF) + 1)
    }
    for number in CUSTOMERS:
        ways[f"agent{number}"] = [_called(chance) for _ in range(BEHAVIOURS)]
    ways[f"agent{COLLEAGUE}"] = Answers(0.5, talk=2.5)
    voice = audio.write_wav(lab.phones.folder / "agent.wav", audio.tone(AGENT_HERTZ, 2.0))
    staff = {f"agent{number}": voice for number in range(1, len(STAFF) + 1)}
    lab.phones.add_agents(ways, say=staff, repeat=True, again=True)


def _taken(chance: random.Random) -> Behaviour:
    """How an agent takes a call: mostly so, now and then not at all."""
    lot = chance.random()
    if lot < 0.08:
        return Ignores()
    if lot < 0.16:
        return Rejects(486, after=0.5)
    talk = chance.uniform(2.0, 6.0)
    return Answers(chance.uniform(0.3, 1.5), talk=talk, send_on="9002" if lot < 0.22 else "")


def _called(chance: random.Random) -> Behaviour:
    """How a customer takes the call that was asked for."""
    lot = chance.random()
    return Rejects() if lot < 0.15 else Ignores() if lot < 0.25 else Answers(chance.uniform(0.3, 2.0))
