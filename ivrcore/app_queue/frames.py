"""The manager interface's bytes into frames, bounded: the headers of what we read, and nothing else. Pure.

Names and numbers of callers are left out here, so no later part can show them, and nothing that a caller
chooses reaches pyst2 (see :mod:`ivrcore.app_queue.wire`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from ivrcore.errors import WireError

LONGEST_LINE = 8_192
"""Bytes; a longer one spoils its frame."""
MOST_LINES = 500
"""Lines of one frame."""
GREETING = b"Asterisk Call Manager/"

HEADERS = frozenset(
    (
        *("Event", "Privilege", "Response", "Message", "ActionID", "EventList", "ListItems", "Queue"),
        *("Uniqueid", "Channel", "ChannelState", "ChannelStateDesc"),
        *("Interface", "MemberName", "Name", "Location", "Membership", "Penalty", "CallsTaken", "LastCall"),
        *("InCall", "Status", "Paused", "Wrapuptime", "Max", "Strategy", "Holdtime", "HoldTime", "TalkTime"),
        *("Completed", "Abandoned", "ServiceLevel", "Weight", "Wait", "RingTime"),
        *("CoreStartupDate", "CoreStartupTime"),
    )
)
"""Those that anything here reads."""

_HEADERS = {header.encode(): header for header in HEADERS}

Frame = dict[str, str]
"""One event or response: header to value."""


class Odd(StrEnum):
    """Why something that Asterisk sent was not believed."""

    LINE_TOO_LONG = "line_too_long"
    FRAME_TOO_LONG = "frame_too_long"
    TWICE = "header_twice"
    """A header with two different values: somebody's name may hold a line of its own."""
    NEITHER = "neither_event_nor_response"
    FIELD = "field"
    """A field of an event is missing, or is none of its kind."""
    LIST = "list"
    """The queues' status was not complete."""
    TOO_MANY = "too_many"
    """More queues or members than are watched."""


class Framer:
    """Bytes in any pieces come in, whole frames come out. Keeps one line and one frame at most."""

    def __init__(self) -> None:
        self.odd: Counter[Odd] = Counter()
        """What was left out so far, by why."""
        self.greeting = ""
        """Asterisk's first line, empty before it came."""
        self._rest = b""
        self._too_long = False
        self._frame: Frame = {}
        self._lines = 0
        self._spoilt: Odd | None = None

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Give the frames that these bytes complete; raise :class:`WireError` for another greeting."""
        self._rest += data
        if not self.greeting:  # it may be anybody's, with any line end
            line, ended, rest = self._rest.partition(b"\n")
            if ended:
                self._rest = rest
                self._line(line.removesuffix(b"\r"))
        *lines, self._rest = self._rest.split(b"\r\n") if self.greeting else [self._rest]
        for line in lines:
            if frame := self._line(line):
                yield frame
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._too_long = b"", True
            if not self.greeting:
                raise _other_greeting()

    def _line(self, line: bytes) -> Frame | None:
        too_long, self._too_long = self._too_long or len(line) > LONGEST_LINE, False
        if not self.greeting:
            if too_long or not line.startswith(GREETING):
                raise _other_greeting()
            self.greeting = line.decode("latin-1")
            return None
        if not line and not too_long:
            return self._end()
        self._lines += 1
        if too_long:
            self._spoilt = Odd.LINE_TOO_LONG
        elif self._lines > MOST_LINES:
            self._spoilt = Odd.FRAME_TOO_LONG
        else:
            self._header(line)
        return None

    def _header(self, line: bytes) -> None:
        name, colon, text = line.partition(b":")
        header = _HEADERS.get(name.strip())
        if not colon or header is None:
            return
        value = _decoded(text.strip())
        if self._frame.setdefault(header, value) != value:
            self._spoilt = Odd.TWICE

    def _end(self) -> Frame | None:
        frame, lines, spoilt = self._frame, self._lines, self._spoilt
        self._frame, self._lines, self._spoilt = {}, 0, None
        if not lines:
            return None
        if spoilt is None and ("Event" in frame) == ("Response" in frame):
            spoilt = Odd.NEITHER
        if spoilt is not None:
            self.odd[spoilt] += 1
            return None
        return frame


def _other_greeting() -> WireError:
    hint = "its port is manager.conf's, 5038 if nothing else is written there"
    return WireError("what answers is not Asterisk's manager interface", hint=hint)


def _decoded(text: bytes) -> str:
    """Read UTF-8, or else Latin-1 as Asterisk passes on what files hold; a name must stay a name."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
