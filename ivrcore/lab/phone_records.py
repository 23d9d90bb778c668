"""What callers and agents tell afterwards. Times are seconds of the monotonic clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivrcore.lab.sip_message import Message, parse


@dataclass(frozen=True)
class Step:
    """Something that happened in a call: `ringing`, `answered`, `say begins`, `say ends`, `ended` …"""

    at: float
    what: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """How a call went, as the caller saw it."""

    status: int
    """Final SIP status: 200 when it was answered, else e.g. 486 or 503; 0 when nobody reacted."""
    reason: str
    cause: int
    """Q.850 cause that the far side gave, or 0."""
    answered_at: float | None
    ended_at: float
    ended_by: str
    """`caller`, `far`, `refused`, `deadline`, or `lost` by `Call.lose`."""
    heard: Path
    """What the caller heard, a wav that begins at `heard_from`."""
    heard_from: float
    packets: int
    """RTP packets heard."""
    timeline: tuple[Step, ...]

    def when(self, what: str) -> float:
        """Time of the first step of that name; LookupError when it did not happen."""
        return next(step.at for step in self.timeline if step.what == what)


@dataclass
class AgentCall:
    """One call as an agent's phone saw it."""

    agent: str
    call_id: str
    invite: Message
    """The INVITE: `.text` raw, `.get("from")`, `.get("p-asserted-identity")` …"""
    invited_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    ended_by: str = ""
    """`agent`, `far`, `refused` or `cancelled`."""
    heard: Path | None = None
    """What the agent heard from answer to end; there once the call has ended."""
    held: list[float] = field(default_factory=list)
    """When the phone put the caller on hold."""
    resumed: list[float] = field(default_factory=list)
    """When it took the caller back; not where the call ended on hold."""


@dataclass
class Agent:
    """An agent's phone and the calls it has had."""

    name: str
    calls: list[AgentCall] = field(default_factory=list)

    @property
    def invited(self) -> int:
        """How many calls rang here."""
        return len(self.calls)

    @property
    def answered(self) -> int:
        """How many calls this phone answered."""
        return sum(call.answered_at is not None for call in self.calls)

    @property
    def live(self) -> int:
        """Calls ringing or connected now."""
        return sum(call.ended_at is None for call in self.calls)

    def take(self, event: dict[str, Any]) -> None:
        """Note what the phones' process reports; called by `Phones` only."""
        if event["event"] == "call invited":
            self.calls.append(AgentCall(self.name, event["call_id"], parse(event["invite"]), event["at"]))
            return
        call = next(call for call in self.calls if call.call_id == event["call_id"])
        if event["event"] == "call answered":
            call.answered_at = event["at"]
        elif event["event"] == "call held":
            call.held.append(event["at"])
        elif event["event"] == "call resumed":
            call.resumed.append(event["at"])
        else:
            call.heard = Path(event["heard"]) if event.get("heard") else None
            call.ended_by, call.ended_at = event["ended_by"], event["at"]
