"""SIP messages as text: reading what arrived, writing what is sent. Knows no sockets and no state."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}
"""Short forms of header names (RFC 3261, section 7.3.3)."""
TELEPHONE_EVENT = 101


@dataclass(frozen=True)
class Message:
    """One SIP message; header names are found whatever their case."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str
    text: str
    """As it arrived."""

    @property
    def status(self) -> int:
        """Status code of a response, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def reason(self) -> str:
        """Words behind the status code."""
        return " ".join(self.start.split()[2:]) if self.status else ""

    @property
    def method(self) -> str:
        """Method of a request, or of the request that a response answers."""
        return self.get("cseq").split()[-1] if self.status else self.start.split()[0]

    @property
    def sequence(self) -> int:
        """Number in CSeq."""
        return int(self.get("cseq").split()[0])

    @property
    def uri(self) -> str:
        """Request URI; empty for a response."""
        return "" if self.status else self.start.split()[1]

    def get(self, name: str) -> str:
        """First value of a header, or empty."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key == name]

    @property
    def branch(self) -> str:
        """Branch of the topmost Via: the transaction's name."""
        match = re.search(r"branch=([^;,\s]+)", self.get("via"))
        return match[1] if match else ""

    @property
    def tag_to(self) -> str:
        """Tag in To, or empty."""
        match = re.search(r";tag=([^;\s]+)", self.get("to"))
        return match[1] if match else ""

    @property
    def target(self) -> str:
        """URI in Contact: where requests of the dialog go."""
        match = re.search(r"<([^>]+)>", self.get("contact"))
        return match[1] if match else self.get("contact").split(";")[0].strip()

    @property
    def media(self) -> tuple[str, int] | None:
        """Address and port that the session description names for audio."""
        address = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return (address[1], int(port[1])) if address and port else None

    @property
    def cause(self) -> int:
        """Q.850 cause of a Reason header, or 0."""
        match = re.search(r"Q\.850\s*;\s*cause=(\d+)", ",".join(self.all("reason")), re.IGNORECASE)
        return int(match[1]) if match else 0


def parse(text: str) -> Message:
    """Read a message; ValueError when it is none."""
    head, _, body = text.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
    start, *lines = head.split("\n")
    if "SIP/2.0" not in start:
        raise ValueError(f"not a SIP message: {start[:60]!r}")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        key = name.strip().lower()
        headers.append((COMPACT.get(key, key), value.strip()))
    return Message(start, tuple(headers), body, text)


def build(start: str, headers: Iterable[tuple[str, str]], body: str = "", kind: str = "") -> bytes:
    """Write a message; the body's type and length are added."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"Content-Type: {kind}")
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def offer(port: int) -> str:
    """Session description of a phone that speaks mu-law on `port` of 127.0.0.1.

    Telephone events are offered, though keys go by INFO: else Asterisk would look for tones in the audio.
    """
    return (
        f"v=0\r\no=lab {port} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 {TELEPHONE_EVENT}\r\na=rtpmap:0 PCMU/8000\r\n"
        f"a=rtpmap:{TELEPHONE_EVENT} telephone-event/8000\r\na=fmtp:{TELEPHONE_EVENT} 0-16\r\n"
        "a=ptime:20\r\na=sendrecv\r\n"
    )


def token() -> str:
    """A fresh tag or branch part."""
    return secrets.token_hex(8)
