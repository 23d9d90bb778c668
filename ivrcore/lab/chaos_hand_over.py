"""How long nobody acts on a key while a new process takes over, with 100 contacts live."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.lab import audio, hearing
from ivrcore.lab.bench import machine
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.lab.chaos_audit import Audit
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.load import Load
from ivrcore.lab.pbx_files import MUSIC
from ivrcore.lab.phones import Answers, Keys, Say, Stay, Wait
from ivrcore.lab.sipp_scenarios import Pause
from ivrcore.model import events

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.lab.phone_script import Action
    from ivrcore.lab.phones import Call

LIMIT = 1.0
"""Seconds within which the new process is to act on keys."""
AUDIBLE = 0.1
"""Seconds by which what is heard may stop: a step of the measurement, and one more."""
TIMES = 5
WAITING, IN_MENUS = 50, 47
"""Beside them one caller presses a key every `EVERY` seconds, one talks with an agent, and one more waits."""
RATE, EVERY = 20.0, 0.1
STAY = 110.0
"""Seconds that the others stay."""
PRESSED = 800
AGENT, CALLER = 850.0, 1330.0
"""Hertz of what those who talk say."""
PLAN = """\
name: handed
language: en
numbers:
  "5000": inside
  "5001": wait
  "5002": talk
blocks:
  wait: [{queue: general}]
  talk: [{queue: cards}]
menus:
  inside:
    prompt: {play: tone}
    timeout: 120s
    choices:
      again: {keys: "1", go: [{goto: inside}]}
    otherwise: [{hang_up: normal}]
"""
QUEUES = """\
general: {skills: {loans: 1}, ring_time: 20s}
cards: {skills: {cards: 1}, ring_time: 20s}
"""
AGENTS = """\
ann: {endpoint: PJSIP/agent1, skills: {cards: 1}}
bob: {endpoint: PJSIP/agent2, skills: {loans: 1}}
"""


def hand_over(folder: Path, say: Callable[[str], None]) -> Table:
    """Measure it on an Asterisk of its own; raises `AssertionError` where somebody was lost."""
    load = os.getloadavg()[0]
    lab = HotlineLab(
        folder, dialplans={"handed.yaml": PLAN}, config={"queues": QUEUES, "agents": AGENTS}, registering=True
    )
    audio.write_wav(lab.site / "prompts/tone.wav", audio.tone(1000.0, 0.3))
    with lab:
        lab.phones.add_agents({"agent1": Answers(0.2)}, say=_tone(folder, AGENT))
        lab.serve()
        lab.ready("ann")
        audit = Audit(lab)
        talks = lab.phones.call("5002", [Say(_tone(folder, CALLER), wait=False), Stay(STAY)], deadline=STAY)
        lab.wait_for("they talk", lambda: audit.read().happened(events.VisitAnswered))
        waits = lab.phones.call("5001", [Stay(STAY)], deadline=STAY)
        loads = [
            Load(lab.pbx, number, calls=calls, rate=RATE, steps=[Pause(STAY)], lane=lane)
            for lane, (number, calls) in enumerate((("5000", IN_MENUS), ("5001", WAITING)))
        ]
        with loads[0], loads[1]:
            press: list[Action] = [Keys("1"), Wait(EVERY)]
            lab.phones.call("5000", [Wait(0.5), *(press * PRESSED), Stay(STAY)], deadline=STAY)
            wanted = WAITING + IN_MENUS + 3
            lab.wait_for(f"{wanted} contacts", lambda: len(audit.read().open) == wanted, 60)
            lab.wait_for("a key works", lambda: audit.read().happened(events.ChoiceMade))
            found = [_hand_over(lab, audit) for _ in range(TIMES)]
            live = len(audit.read().open)
            wrong = audit.wrong
        silences = _silences(lab, talks, waits)
        lab.pbx.hang_up_all()
        of = machine(lab)
    assert live == wanted, f"{wanted - live} contacts were lost"
    assert not wrong, wrong
    for one in (*found, silences):
        say(", ".join(f"{seconds:.2f} s" for seconds in one))
    names = ("until the link of the new process stands", "until it has acted on a key")
    rows = [_row(name, [one[n] for one in found], LIMIT) for n, name in enumerate(names)]
    heard = (
        "silence in the agent's ear",
        "silence in the caller's ear",
        "silence in the music of one who waits",
    )
    rows += [_row(name, [seconds], AUDIBLE) for name, seconds in zip(heard, silences, strict=True)]
    return Table(
        f"From the last thing that the old process took, {live} contacts live",
        ("what", "median s", "most s", "limit s", ""),
        rows,
        (
            f"{TIMES} hand-overs; {WAITING + 1} wait in a queue with music, {IN_MENUS} are in a menu, "
            f"one talks with an agent, and one presses a key every {EVERY:g} s",
            f"silences are the longest within what was heard over all of them, in steps of "
            f"{hearing.WINDOW / audio.RATE:g} s",
            f"{of}; callers, Asterisk and both processes share it; load at the start {load:.1f}, at the end "
            f"{os.getloadavg()[0]:.1f}",
        ),
    )


def _tone(folder: Path, hertz: float) -> Path:
    return audio.write_wav(folder / f"says{hertz:.0f}.wav", audio.tone(hertz, STAY))


def _hand_over(lab: HotlineLab, audit: Audit) -> tuple[float, float]:
    """Hand over once; give when the link stood, and when a key was acted on."""
    live = set(audit.read().open)
    audit.new = []
    lab.hand_over(ready=False)

    def seen(kind: type) -> list[float]:
        return [one.at for one in audit.read().new if isinstance(one, kind)]

    lab.wait_for("the link stands", lambda: seen(events.LinkCameUp))
    up = seen(events.LinkCameUp)[0]
    lab.wait_for("a key is acted on", lambda: any(at > up for at in seen(events.ChoiceMade)), 30)
    key = next(at for at in seen(events.ChoiceMade) if at > up)
    lab.wait_for("all are taken up", lambda: audit.adopted() == live, 30)
    since = next(one.since for one in audit.new if isinstance(one, events.ServerHandedOver))
    lab.wait_ready()
    return up - since, key - since


def _silences(lab: HotlineLab, talks: Call, waits: Call) -> tuple[float, float, float]:
    """Give the longest silences: agent's ear, caller's, and the music of one who waits."""
    for call in (talks, waits):
        call.hang_up()
    caller, music = (audio.read_wav(call.result().heard) for call in (talks, waits))
    (agent,) = lab.phones.agents["agent1"].calls
    lab.wait_for("the agent's recording", lambda: agent.heard)
    assert agent.heard is not None, "just waited for"
    return (
        hearing.longest_gap(audio.read_wav(agent.heard), CALLER),
        hearing.longest_gap(caller, AGENT),
        max(hearing.longest_gap(music, hertz) for hertz in MUSIC),
    )


def _row(name: str, seconds: list[float], limit: float) -> list[str]:
    most = max(seconds)
    kept = "kept" if most <= limit else OVER
    return [name, f"{sorted(seconds)[len(seconds) // 2]:.2f}", f"{most:.2f}", f"{limit:g}", kept]
