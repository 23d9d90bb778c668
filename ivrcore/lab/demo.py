"""`python -m ivrcore.lab demo`: a hotline to watch, with callers who speak and press keys, and agents.

Until Ctrl-C, or with ``--calls N`` until N calls are over; then it shows that both sides' phones, Asterisk,
the journal and the metrics tell the same, and its exit code says whether they do.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivrcore.lab.accounts import Accounts, draw_up
from ivrcore.lab.callers import CALLERS, ScriptedCaller, prepare
from ivrcore.lab.demo_lines import CallLines
from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.packages import lab_folder
from ivrcore.lab.phones import Answers, Call, Rejects
from ivrcore.lab.sipp_scenarios import Behaviour

AGENTS: dict[str, list[Behaviour]] = {
    "agent1": [Answers(0.8, talk=4.0), Answers(1.2, talk=6.0)],
    "agent2": [Answers(1.0, talk=5.0), Rejects(486), Answers(0.7, talk=4.0)],
    "agent3": [Answers(0.5, talk=5.0)],
    "agent4": [Answers(1.5, talk=4.0)],
}
"""How the simulated agents take their calls, one after another; the last way stays."""
NAMES = ("kim", "lee", "park", "choi")
EVERY = 2.0
"""Seconds between two calls, on average."""
END_SECONDS = 120.0
QUEUES = """\
general: {ring_time: 15s, wrap_up: 2s, whisper: General enquiry.,
  position: "You are number {position} in the queue."}
cards: {skills: {cards: 1}, wrap_up: 2s, whisper: A call about cards., priority: 5,
  position: "You are number {position} in the queue for the card team."}
loans: {skills: {loans: 2}, wrap_up: 2s, whisper: A call about loans.,
  position: "You are number {position} in the queue for the loan team."}
"""


def main(arguments: Sequence[str]) -> int:
    """Run the demo; 0 if everything adds up (with ``--calls``) or it was ended by hand."""
    return run(arguments, {}, _alone)


@contextmanager
def _alone(_lab: HotlineLab) -> Iterator[str]:
    yield ""


def run(
    arguments: Sequence[str],
    config: Mapping[str, str],
    beside: Callable[[HotlineLab], AbstractContextManager[str]],
    command: str = "demo",
) -> int:
    """Run the demo with more in its configuration, and something beside it that says where it is seen.

    ``command`` is what it is called by.
    """
    parser = argparse.ArgumentParser(prog=f"python -m ivrcore.lab {command}")
    parser.add_argument(
        "--calls", type=int, default=0, help="end after so many calls, with a table; 0: never"
    )
    parser.add_argument("--seed", type=int, default=None, help="the same callers again")
    chosen = parser.parse_args(arguments)
    if chosen.calls < 0:
        parser.error("--calls: fewer than none cannot be made")
    say("starting Asterisk, the server, agents and callers …")
    with demo_folder() as demo:
        folder = demo.folder
        speech = speech_section("[vosk, pocketsphinx]")
        lab = HotlineLab(folder, config={"speech": speech, "queues": QUEUES, **config})
        with lab:
            lab.phones.add_agents(AGENTS)
            voices = prepare()
            lab.serve()
            lab.ready(*NAMES)
            with beside(lab) as also:
                say(where_to_look(lab) + also)
                code = _run(lab, chosen.calls, random.Random(chosen.seed), voices)  # noqa: S311 - no secret
        demo.keep = code != 0
        return code


def _run(lab: HotlineLab, calls: int, chance: random.Random, voices: dict[str, Path]) -> int:
    lines = CallLines(lab.records_after, say)
    made: list[Call] = []
    try:
        for caller in _callers(chance, calls):
            made.append(caller.dial(lab.phones, voices))
            _watch(lines, chance.expovariate(1 / EVERY))
        return _end(lab, lines, made)
    except KeyboardInterrupt:
        say("\nending: callers hang up, then everything is stopped")
        return 0


def _callers(chance: random.Random, calls: int) -> Iterator[ScriptedCaller]:
    """Give one caller of each kind first, then any."""
    number = 0
    while not calls or number < calls:
        yield CALLERS[number % len(CALLERS)] if number < 2 * len(CALLERS) else chance.choice(CALLERS)
        number += 1


def _watch(lines: CallLines, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        lines.show()
        time.sleep(0.1)


def _end(lab: HotlineLab, lines: CallLines, made: Sequence[Call]) -> int:
    deadline = time.monotonic() + END_SECONDS
    while not lines.all_over(len(made)) and time.monotonic() < deadline:
        _watch(lines, 0.3)
    lab.wait_for("every channel gone", lab.pbx.idle, 20)
    accounts: Accounts = draw_up(lab, [call.result(20) for call in made])
    say("\n" + accounts.table())
    for mismatch in accounts.mismatches():
        say(f"does not add up: {mismatch}")
    return 1 if accounts.mismatches() else 0


@dataclass
class DemoFolder:
    """Where a demo's Asterisk and server are; ``keep`` it where its logs are wanted afterwards."""

    folder: Path
    keep: bool = False


@contextmanager
def demo_folder() -> Iterator[DemoFolder]:
    """Give a folder that is gone afterwards unless it is to be kept or something was raised."""
    base = lab_folder()
    base.mkdir(parents=True, exist_ok=True)
    demo = DemoFolder(Path(tempfile.mkdtemp(prefix="demo-", dir=base)))
    try:
        yield demo
    except Exception:
        demo.keep = True
        raise
    finally:
        if demo.keep:
            print(f"demo: what was logged is in {demo.folder}", file=sys.stderr)
        else:
            shutil.rmtree(demo.folder)


def where_to_look(lab: HotlineLab) -> str:
    """Tell a person what there is to see and to try."""
    speech = "; ".join(f"{language}: {words}" for language, words in lab.speech_in_words().items())
    return (
        f"\n  status page  {lab.url}/          token {lab.token}\n"
        f"  metrics      {lab.url}/metrics   curl -H 'Authorization: Bearer {lab.token}' {lab.url}/metrics\n"
        f"  softphone    sip:you@127.0.0.1:{lab.pbx.sip_port} (UDP)  password {lab.pbx.passwords['you']}\n"
        f"               then dial 5000 (hotline), 5001 (direct line), 9001 (echo)\n"
        f"  speech       {speech}\n"
        f"  logs         {lab.folder}\n"
    )


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)
