"""Callers and agents for a private PBX: what they do is written down before, what they heard is kept.

`Phones(pbx)` starts one process for all of them. A caller is a small SIP user agent that follows what it
hears; an agent's phone is SIPp. Both have RTP endpoints of ours, so both record exactly what reached them.
All times are seconds of the monotonic clock, the same in every process of the machine.
"""

import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ivrcore.lab.packages import LabError
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phone_records import Agent, AgentCall, Result, Step
from ivrcore.lab.phone_script import Action, HangUp, Keys, Listen, Say, Stay, Wait, encoded, plain
from ivrcore.lab.sipp_scenarios import Answers, Behaviour, Ignores, Rejects
from ivrcore.lab.tools import tool

__all__ = [
    "Action", "Agent", "AgentCall", "Answers", "Call", "HangUp", "Ignores", "Keys", "Listen", "Phones",
    "Rejects", "Result", "Say", "Stay", "Step", "Wait",
]  # fmt: skip

READY_SECONDS = 60.0


_KINDS = {Answers: "answers", Rejects: "rejects", Ignores: "ignores"}


class Call:
    """A call under way; `result()` waits for its end."""

    def __init__(self, phones: "Phones", number: int) -> None:
        self._phones, self._number = phones, number
        self.call_id = ""
        """SIP Call-ID, known once dialled."""
        self._steps: list[Step] = []

    def take(self, event: dict[str, Any]) -> None:
        """Note what the phones' process reports; called by `Phones` only."""
        details = {key: value for key, value in event.items() if key not in {"id", "event", "at"}}
        self.call_id = details.get("call_id", self.call_id)
        self._steps.append(Step(event["at"], event["event"], details))

    @property
    def timeline(self) -> tuple[Step, ...]:
        """What has happened so far."""
        return tuple(self._steps)

    def happened(self, what: str) -> bool:
        """Whether a step of that name has been seen."""
        return any(step.what == what for step in self.timeline)

    def wait_for(self, what: str, timeout: float = 60.0) -> float:
        """Wait until a step of that name has happened; its time. LabError after `timeout` seconds."""
        self._phones.wait(lambda: self.happened(what), timeout, f"`{what}` of call {self._number}")
        return next(step.at for step in self.timeline if step.what == what)

    def do(self, *actions: Action) -> None:
        """Add actions to the script."""
        self._phones.send({"do": "act", "id": self._number, "actions": [encoded(one) for one in actions]})

    def hang_up(self) -> None:
        """Hang up now, whatever the script says."""
        self._phones.send({"do": "hang_up", "id": self._number})

    def lose(self) -> None:
        """Forget the call without a word to the far side: it is not there any more."""
        self._phones.send({"do": "lose", "id": self._number})

    def result(self, timeout: float = 180.0) -> Result:
        """Wait for the end and return how it went."""
        self.wait_for("done", timeout)
        steps = self.timeline
        last = next(step for step in steps if step.what == "done")
        values = {key: last.details[key] for key in ("status", "reason", "cause", "answered_at", "ended_by")}
        return Result(
            **values,
            ended_at=last.details.get("ended_at", last.at),
            heard=Path(last.details["heard"]),
            heard_from=last.details["heard_from"],
            packets=last.details["packets"],
            timeline=tuple(step for step in steps if step.what != "done"),
        )


class Phones:
    """The callers and agents of one PBX; use with `with`. `folder` keeps the recordings."""

    def __init__(self, pbx: Pbx, folder: Path | None = None) -> None:
        self._pbx = pbx
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="ivrcore-phones-")
        self.folder = (folder or Path(self._temporary.name if self._temporary else "")).resolve()
        """Where recordings and SIPp's scenarios and logs are."""
        self._numbers = itertools.count(1)
        self._groups = 0
        self._takers: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._group_of: dict[str, int] = {}
        self.agents: dict[str, Agent] = {}
        """Every agent's phone by its name."""
        self._ready: set[int] = set()
        self._failure = ""
        self._changed = threading.Condition()
        self._box: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start the phones' process."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {"sip_port": self._pbx.sip_port, "folder": str(self.folder), "sipp": tool("sipp")}
        self._box = subprocess.Popen(
            [sys.executable, "-m", "ivrcore.lab.phone_box", str(self.folder), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a terminal's Ctrl-C is for us: the process ends when its input does
        )
        threading.Thread(target=self._read, args=(self._box,), daemon=True).start()
        try:
            self.wait(lambda: 0 in self._ready, READY_SECONDS, "the phones' process")
        except BaseException:
            self.close()
            raise
        return self

    def call(
        self,
        number: str,
        script: Sequence[Action] = (),
        *,
        caller_id: str = "0215550100",
        caller_name: str = "",
        deadline: float = 60.0,
    ) -> Call:
        """Dial `number`; the script runs from the answer on. Without `HangUp` or `Stay` the caller stays.

        After `deadline` seconds in all, the caller hangs up whatever happens.
        """
        with self._changed:
            identity = next(self._numbers)
            call = Call(self, identity)
            self._takers[identity] = call.take
        self.send(
            {
                "do": "call",
                "id": identity,
                "number": number,
                "caller_id": caller_id,
                "caller_name": caller_name,
                "deadline": deadline,
                "script": [encoded(one) for one in script],
            }
        )
        return call

    def add_agents(
        self,
        behaviours: Mapping[str, Behaviour | Sequence[Behaviour]],
        *,
        say: Mapping[str, Path] | Path | None = None,
        repeat: bool = False,
        again: bool = False,
    ) -> list[Agent]:
        """Add agents' phones: name to behaviour, or to one for each call in turn, the last one staying.

        `say` is what they say when they have answered, `repeat` says it again and again. With `again` the
        first behaviour comes after the last. On a PBX whose agents need not register, all must be added at
        once; else they are registered first.
        """
        if self._groups and not self._pbx.registering:
            raise LabError("add all agents at once, or let the PBX's agents register")
        passwords = {name: self._pbx.passwords[name] for name in behaviours} if self._pbx.registering else {}
        phones = [self._phone(name, how, say, repeat) | {"again": again} for name, how in behaviours.items()]
        block, turn = self._pbx.block, self._groups
        self._groups += 1
        with self._changed:
            identity = next(self._numbers)
            self._takers[identity] = self._take_agents
            agents = [self.agents.setdefault(name, Agent(name)) for name in behaviours]
            self._group_of |= dict.fromkeys(behaviours, identity)
        self.send(
            {
                "do": "agents",
                "id": identity,
                "phones": phones,
                "passwords": passwords,
                "port": block.agents[2 * turn],
                "media_port": block.media[10 * turn],
            }
        )
        self.wait(lambda: identity in self._ready, READY_SECONDS, f"phones of {', '.join(behaviours)}")
        return agents

    def behave(
        self,
        behaviours: Mapping[str, Behaviour | Sequence[Behaviour]],
        *,
        say: Mapping[str, Path] | Path | None = None,
        repeat: bool = False,
    ) -> None:
        """Give phones that are there other behaviours; only while their group has no call."""
        for identity in {self._group_of[name] for name in behaviours}:
            chosen = {name: how for name, how in behaviours.items() if self._group_of[name] == identity}
            self._ready.discard(identity)
            phones = [self._phone(name, how, say, repeat) for name, how in chosen.items()]
            self.send({"do": "behave", "id": identity, "phones": phones})
            self.wait(lambda one=identity: one in self._ready, READY_SECONDS, "changed phones")  # type: ignore[misc]

    @staticmethod
    def _phone(
        name: str, how: Behaviour | Sequence[Behaviour], say: Mapping[str, Path] | Path | None, repeat: bool
    ) -> dict[str, Any]:
        each = [how] if isinstance(how, (Answers, Rejects, Ignores)) else list(how)
        wav = say.get(name) if isinstance(say, Mapping) else say
        return {
            "name": name,
            "behaviours": [{"kind": _KINDS[type(one)], **plain(one)} for one in each],
            "say": str(wav) if wav else None,
            "repeat": repeat,
            "again": False,
        }

    def send(self, command: dict[str, Any]) -> None:
        """Send a command to the phones' process; used by `Call`."""
        assert self._box is not None, "not started"
        assert self._box.stdin is not None
        try:
            self._box.stdin.write(json.dumps(command) + "\n")
            self._box.stdin.flush()
        except BrokenPipeError:
            raise LabError("the phones' process has ended") from None

    def wait(self, condition: Callable[[], bool], timeout: float, what: str = "condition") -> None:
        """Wait until `condition`, about calls or agents, holds; LabError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                if self._failure:
                    raise LabError(self._failure)
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LabError(f"{what}: not within {timeout:g} s")
                self._changed.wait(left)

    def _read(self, box: "subprocess.Popen[str]") -> None:
        assert box.stdout is not None
        for line in box.stdout:
            event = json.loads(line)
            with self._changed:
                self._take(event)
                self._changed.notify_all()
        with self._changed:
            self._failure = self._failure or "the phones' process has ended"
            self._changed.notify_all()

    def _take(self, event: dict[str, Any]) -> None:
        if event["event"] in {"failed", "agents failed"}:
            self._failure = event["error"]
        elif event["event"] in {"ready", "agents ready"}:
            self._ready.add(event.get("id", 0))
        else:
            self._takers[event["id"]](event)

    def _take_agents(self, event: dict[str, Any]) -> None:
        if event["agent"] in self.agents:
            self.agents[event["agent"]].take(event)

    def kill(self) -> None:
        """End the phones' process by SIGKILL, as a loss of power would: no BYE, no audio any more."""
        assert self._box is not None, "not started"
        self._box.kill()
        self._box.wait()

    def close(self) -> None:
        """End the phones' process, and SIPp with it; calls that live are dropped without a BYE."""
        if self._box is not None:
            assert self._box.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._box.stdin.close()
            try:
                self._box.wait(5)
            except subprocess.TimeoutExpired:
                self._box.kill()
                self._box.wait()
            self._box = None
        if self._temporary is not None:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
