"""Reads SIPp's log of messages: which calls a phone had, and what became of each. Knows no files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ivrcore.lab import sip_message
from ivrcore.lab.sip_message import Message

_SEPARATOR = re.compile(
    r"^-{40,} (?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d\.\d+)(?P<zone>Z?)[^\n]*\n"
    r"\w+ message (?P<way>received|sent)[^\n]*\n\n",
    re.MULTILINE,
)


@dataclass
class PhoneCall:
    """One call as an agent's phone saw it; times in seconds since the epoch, 0 while it has not happened."""

    agent: str
    invite: Message
    invited_at: float
    answered_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""
    """`agent`, `far`, `refused` by the agent, or `cancelled` by the far side."""
    holding: bool = False
    """Whether the last INVITE of its own put the far side on hold."""
    changed_at: float = 0.0
    """When the far side agreed to the last hold, or to its end."""
    agreed: int = 0
    """The last INVITE of its own, by its CSeq, that the far side agreed to."""


@dataclass
class LogReader:
    """Follows a growing log: `feed()` it what was added, and look at `calls`."""

    calls: dict[str, PhoneCall] = field(default_factory=dict)
    """By Call-ID, in the order of their INVITEs."""
    _rest: str = ""

    def feed(self, text: str, *, last: bool = False) -> list[tuple[str, PhoneCall]]:
        """Take more text; what happened in it: (`invited` | `answered` | `held` | `resumed` | `ended`, call).

        A message counts once the next one has begun, or when it is whole by its own Content-Length.
        """
        self._rest += text
        happened: list[tuple[str, PhoneCall]] = []
        for at, way, message in self._messages(last):
            happened += self._take(at, way, message)
        return happened

    def _messages(self, last: bool) -> Iterator[tuple[float, str, Message]]:
        marks = list(_SEPARATOR.finditer(self._rest))
        ends = [*(mark.start() for mark in marks[1:]), len(self._rest)] if marks else []
        done = 0
        for mark, end in zip(marks, ends, strict=True):
            text = self._rest[mark.end() : end]
            if end == len(self._rest) and not last and not _whole(text):
                break
            done = end
            yield _seconds(mark), mark["way"], sip_message.parse(text)
        self._rest = self._rest[done:]

    def _take(self, at: float, way: str, message: Message) -> list[tuple[str, PhoneCall]]:
        call_id = message.get("call-id")
        call = self.calls.get(call_id)
        if call is None:
            if message.method != "INVITE" or message.status or way != "received":
                return []
            agent = message.uri.removeprefix("sip:").split("@")[0]
            call = self.calls[call_id] = PhoneCall(agent, message, at)
            return [("invited", call)]
        if message.method == "INVITE" and message.status and way == "sent":
            return self._answered(call, at, message)
        if message.method == "INVITE" and message.status == 200 and message.sequence > call.agreed:
            call.agreed, call.changed_at = message.sequence, at
            return [("held" if call.holding else "resumed", call)]
        if message.method == "INVITE" and not message.status and way == "sent":
            call.holding = "sendonly" in message.body
            return []
        if message.method == "CANCEL" and message.status and not call.answered_at and not call.ended_at:
            # at the very moment at which a phone begins to answer, SIPp sends this and nothing more
            return self._ended(call, at, "cancelled")
        if message.method == "BYE" and not message.status and not call.ended_at:
            return self._ended(call, at, "far" if way == "received" else "agent")
        return []

    @staticmethod
    def _answered(call: PhoneCall, at: float, message: Message) -> list[tuple[str, PhoneCall]]:
        if 200 <= message.status < 300 and not call.answered_at:
            call.answered_at = at
            return [("answered", call)]
        if message.status >= 300 and not call.ended_at:
            return LogReader._ended(call, at, "cancelled" if message.status == 487 else "refused")
        return []

    @staticmethod
    def _ended(call: PhoneCall, at: float, by: str) -> list[tuple[str, PhoneCall]]:
        call.ended_at, call.ended_by = at, by
        return [("ended", call)]


def _whole(text: str) -> bool:
    head, found, body = text.replace("\r\n", "\n").partition("\n\n")
    length = re.search(r"^(?:content-length|l)\s*:\s*(\d+)", head, re.IGNORECASE | re.MULTILINE)
    # bodies are counted with two characters at each line's end
    return bool(found) and (not length or len(body.replace("\n", "\r\n")) >= int(length[1]))


def _seconds(mark: re.Match[str]) -> float:
    moment = datetime.strptime(f"{mark['date']} {mark['time']}+0000", "%Y-%m-%d %H:%M:%S.%f%z")
    if not mark["zone"]:  # older SIPp writes local time
        moment = moment.replace(tzinfo=None).astimezone(UTC)
    return moment.timestamp()
