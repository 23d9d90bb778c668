"""What a real Asterisk 22 said over its manager interface, cut down to what matters, and a way to say it."""

from __future__ import annotations

from ivrcore.app_queue.frames import Framer
from ivrcore.app_queue.ledger import Ledger

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


def block(text: str) -> bytes:
    """Give a frame (lines of ``Header: value``) as it is on the wire."""
    return "".join(f"{line.strip()}\r\n" for line in text.strip().splitlines()).encode() + b"\r\n"


def event(name: str, **headers: object) -> bytes:
    """Give one event; what is no item of a list has what all of them have."""
    if "ActionID" not in headers:
        channel = {"Channel": "PJSIP/trunk-1", "ChannelState": 6, "ChannelStateDesc": "Up"}
        headers = {"Privilege": "agent,all", **channel, **headers}
    return block("\n".join([f"Event: {name}", *(f"{key}: {value}" for key, value in headers.items())]))


def params(queue: str = "support", completed: int = 0, abandoned: int = 0, threshold: int = 20) -> bytes:
    return block(
        f"""Event: QueueParams
        Queue: {queue}
        Max: 0
        Strategy: rrmemory
        Calls: 0
        Holdtime: 3
        TalkTime: 40
        Completed: {completed}
        Abandoned: {abandoned}
        ServiceLevel: {threshold}
        ServicelevelPerf: 0.0
        ServicelevelPerf2: 0.0
        Weight: 0
        ActionID: q"""
    )


MEMBER = """Queue: support
    {name}: Kim
    {where}: PJSIP/agent1
    StateInterface: PJSIP/agent1
    Membership: static
    Penalty: 0
    CallsTaken: {calls}
    LastCall: {last}
    LastPause: 0
    LoginTime: 1795374703
    InCall: {in_call}
    Status: {status}
    Paused: {paused}
    PausedReason:
    Wrapuptime: 10"""


def member(event: str = "QueueMemberStatus", **given: int) -> bytes:
    """Give what tells of a member, as an event or (``QueueMember``) as an item of a status."""
    listed = event == "QueueMember"
    facts = {"calls": 0, "last": 0, "in_call": 0, "status": 1, "paused": 0, **given}
    text = MEMBER.format(
        name="Name" if listed else "MemberName", where="Location" if listed else "Interface", **facts
    )
    return block(f"Event: {event}\n{text}\n" + ("ActionID: q" if listed else "Privilege: agent,all"))


def entry(caller: str, wait: int = 0, queue: str = "support") -> bytes:
    return event("QueueEntry", Queue=queue, Position=1, Uniqueid=caller, Wait=wait, Priority=0, ActionID="q")


def end(items: int) -> bytes:
    return event("QueueStatusComplete", ActionID="q", EventList="Complete", ListItems=items)


def status(*items: bytes) -> bytes:
    """Give a whole status."""
    return b"".join(items) + end(len(items))


def joined(caller: str) -> bytes:
    return event("QueueCallerJoin", Uniqueid=caller, Queue="support", Position=1, Count=1)


def left(caller: str) -> bytes:
    return event("QueueCallerLeave", Uniqueid=caller, Queue="support", Position=1, Count=0)


def abandoned(caller: str, held: int) -> bytes:
    return event(
        "QueueCallerAbandon", Uniqueid=caller, Queue="support", Position=1, OriginalPosition=1, HoldTime=held
    )


def agent(what: str, **headers: object) -> bytes:
    return event(what, Uniqueid="1.1", Queue="support", Interface="PJSIP/agent1", MemberName="Kim", **headers)


def connected(held: int) -> bytes:
    return agent("AgentConnect", HoldTime=held, RingTime=1)


def completed(held: int, talked: int) -> bytes:
    return agent("AgentComplete", HoldTime=held, TalkTime=talked, Reason="agent")


class Heard:
    """A ledger that hears Asterisk; ``now`` is moved by hand."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.now = 1_000.0
        self._framer = Framer()
        list(self._framer.feed(GREETING))
        self.ledger.opened(self.now)

    def link(self, started: str = "") -> None:
        """Lose the link, and have a new one."""
        self.ledger.lost(self.now)
        self.ledger.opened(self.now)
        self.ledger.greeted(started, self.now)

    def hear(self, *frames: bytes) -> None:
        for frame in self._framer.feed(b"".join(frames)):
            self.ledger.heard(frame, self.now)

    def status(self, *items: bytes, times: int = 1) -> None:
        for _ in range(times):
            self.ledger.asked("q")
            self.hear(status(*items))

    @property
    def queue(self):  # type: ignore[no-untyped-def]
        return self.ledger.figures.queues["support"]
