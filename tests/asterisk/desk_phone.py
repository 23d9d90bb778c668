"""An agent's desk phone in a test's hands: registers, is called and calls, presses keys, holds, sends on.

SIPp's scenarios are written before; here each step is taken when the test takes it, over several calls at
once. SIP over UDP on loopback with digest authentication (RFC 2617), mu-law audio in 20 ms packets.
"""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import quote

from ivrcore.lab import sip_message
from ivrcore.lab.sip_message import Message
from tests.support.ua import SILENCE, power, tone_ulaw

PATIENCE = 40.0
"""Seconds that every wait may take."""
REPEAT = 0.5
SDP = "application/sdp"
COPIED = ("via", "from", "to", "call-id", "cseq")
FRAME = 160
"""Samples of a packet."""


class Line:
    """One call of the phone, made or received."""

    def __init__(self, phone: DeskPhone, call_id: str, local: str, remote: str, target: str) -> None:
        self.call_id, self.local, self.remote, self.target = call_id, local, remote, target
        self.invite: Message | None = None
        """The INVITE that came in."""
        self.status = 0
        """The last status of our own INVITE."""
        self.up = self.over = False
        self.sipfrags: list[str] = []
        """What the far side told of a transfer that we asked for."""
        self._phone = phone
        self._sequence = 1
        self._heard = bytearray()
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._rtp.settimeout(0.5)
        self._sdp = sip_message.offer(self._rtp.getsockname()[1])
        self._answers: dict[int, Message] = {}
        self._threads: list[threading.Thread] = []

    # --- what the test does -------------------------------------------------------------------------

    def answer(self) -> None:
        """Pick up."""
        assert self.invite is not None
        self._phone.respond(self.invite, "200 OK", self.local, self._sdp)
        self._talk(self.invite)

    def press(self, digit: str) -> None:
        """Press a key, by INFO."""
        body = f"Signal={digit}\r\nDuration=160\r\n"
        assert self.request("INFO", body=body, kind="application/dtmf-relay").status == 200

    def hold(self, on: bool) -> None:
        """Put the other side on hold (sendonly), or take it back, by a re-INVITE."""
        sdp = self._sdp.replace("sendrecv", "sendonly") if on else self._sdp
        assert self.request("INVITE", body=sdp, kind=SDP).status == 200

    def send_on_to(self, other: Line) -> None:
        """Join the other sides of this call and of another one, and leave both: REFER with Replaces."""
        asterisks, ours = _tag(other.remote), _tag(other.local)
        replaces = quote(f"{other.call_id};to-tag={asterisks};from-tag={ours}", safe="")
        refer = [("Refer-To", f"<{other.target}?Replaces={replaces}>"), ("Referred-By", self.local)]
        assert self.request("REFER", refer).status == 202

    def send_to(self, number: str) -> None:
        """Send the other side to a number, unseen, and leave: REFER."""
        there = f"sip:{number}@127.0.0.1:{self._phone.server}"
        assert self.request("REFER", [("Refer-To", f"<{there}>"), ("Referred-By", self.local)]).status == 202

    def hang_up(self) -> None:
        """Say BYE, if nobody did."""
        if not self.over:
            self.request("BYE")
            self.end()

    def wait(self, what: str, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something holds of this call."""
        self._phone.wait(what, condition, seconds)

    def hears(self, hertz: float, seconds: float = 0.5) -> bool:
        """Whether the last so many seconds hold a tone."""
        return power(bytes(self._heard[-round(seconds * 8000) :]), hertz) > 0.05

    def loudness(self) -> int:
        """How many samples have been heard that are not silence."""
        return sum(one & 0x7F < 0x60 for one in self._heard)

    # --- SIP ----------------------------------------------------------------------------------------

    def request(
        self, method: str, extra: list[tuple[str, str]] | None = None, body: str = "", kind: str = ""
    ) -> Message:
        """Send a request and wait for its final answer; an INVITE's is acknowledged."""
        self._sequence += 1
        number = self._sequence
        data = self._build(method, number, extra or [], body, kind)
        deadline = time.monotonic() + PATIENCE
        while number not in self._answers:
            assert time.monotonic() < deadline, f"no answer to {method}"
            self._phone.send(data)
            self._phone.wait_a_moment(lambda: number in self._answers, REPEAT)
        answer = self._answers[number]
        if method == "INVITE":
            self._acknowledge(answer, number)
        return answer

    def dial(self, uri: str) -> None:
        """Send the first INVITE, again with the password when that is asked for; returns when answered."""
        self.target = uri
        answer = self.request("INVITE", body=self._sdp, kind=SDP)
        if answer.status == 401:
            proof = self._phone.authorization(answer, "INVITE", uri)
            answer = self.request("INVITE", [("Authorization", proof)], self._sdp, SDP)
        if answer.status == 200:
            self._talk(answer)
        else:
            self.end()

    def take(self, message: Message) -> None:
        """Take a message of this call."""
        if message.status:
            if message.method == "INVITE":
                self.status = message.status
            if message.status >= 200:
                self._answers.setdefault(message.sequence, message)
        elif message.method in ("INVITE", "UPDATE"):
            self._phone.respond(message, "200 OK", self.local, self._sdp if message.body else "")
        elif message.method != "ACK":
            self._phone.respond(message, "200 OK", self.local)
            if message.method == "NOTIFY":
                self.sipfrags.append(message.body.strip())
            if message.method == "CANCEL" and self.invite is not None:
                self._phone.respond(self.invite, "487 Request Terminated", self.local)
            if message.method in ("BYE", "CANCEL"):
                self.end()

    def end(self) -> None:
        """The call is over."""
        self.over, self.up = True, False

    def close(self) -> None:
        """Hang up, and end the audio."""
        if self.up:
            self.hang_up()
        self.end()
        for thread in self._threads:
            thread.join(PATIENCE)
        self._rtp.close()

    def _acknowledge(self, answer: Message, number: int) -> None:
        first = not _tag(self.remote)
        if first and answer.status != 401:
            self.remote = answer.get("to")
        if answer.status == 200:
            self.target = answer.target
        branch = "" if answer.status == 200 else answer.branch
        to = answer.get("to")
        self._phone.send(self._build("ACK", number, [], "", "", branch=branch, to=to))

    def _build(
        self,
        method: str,
        number: int,
        extra: list[tuple[str, str]],
        body: str,
        kind: str,
        *,
        branch: str = "",
        to: str = "",
    ) -> bytes:
        headers = [
            ("Via", f"{self._phone.via};branch={branch or 'z9hG4bK' + sip_message.token()}"),
            ("Max-Forwards", "70"),
            ("From", self.local),
            ("To", to or self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", self._phone.contact),
            *extra,
        ]
        return sip_message.build(f"{method} {self.target} SIP/2.0", headers, body, kind)

    # --- audio --------------------------------------------------------------------------------------

    def _talk(self, message: Message) -> None:
        assert message.media is not None
        self.up = True
        for work in (self._speak, self._listen):
            self._threads.append(threading.Thread(target=work, args=(message.media,), daemon=True))
            self._threads[-1].start()

    def _speak(self, there: tuple[str, int]) -> None:
        speech, begun, number = self._phone.speech, time.monotonic(), 0
        while not self.over:
            at = number * FRAME % len(speech)
            head = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * FRAME & 0xFFFFFFFF, 4711)
            self._rtp.sendto(head + speech[at : at + FRAME], there)
            number += 1
            time.sleep(max(begun + number * 0.02 - time.monotonic(), 0))

    def _listen(self, _there: tuple[str, int]) -> None:
        while not self.over:
            try:
                data = self._rtp.recv(2048)
            except TimeoutError:
                continue
            if data[1] & 0x7F == 0:
                self._heard += data[12:]


class DeskPhone:
    """The phone; use with `with`. ``tone`` is what its user says, in hertz."""

    def __init__(self, sip_port: int, name: str, password: str, *, tone: float | None = None) -> None:
        self.name, self.server = name, sip_port
        self.speech = SILENCE if tone is None else tone_ulaw(tone)
        self.lines: list[Line] = []
        self._password = password
        self._changed = threading.Condition()
        self._over = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.5)
        self.port = self._socket.getsockname()[1]
        self.via = f"SIP/2.0/UDP 127.0.0.1:{self.port};rport"
        self.contact = f"<sip:{name}@127.0.0.1:{self.port}>"
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Self:
        self._reader.start()
        uri = f"sip:127.0.0.1:{self.server}"
        line = self._line(f"<sip:{self.name}@127.0.0.1:{self.server}>", uri)
        expires = ("Expires", "3600")
        asked = line.request("REGISTER", [expires])
        assert asked.status == 401
        proof = self.authorization(asked, "REGISTER", uri)
        assert line.request("REGISTER", [expires, ("Authorization", proof)]).status == 200
        self.lines.remove(line)
        line.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self.lines:
            line.close()
        self._over = True
        self._reader.join(PATIENCE)
        self._socket.close()

    def call(self, number: str) -> Line:
        """Dial a number; returns when that was answered or refused."""
        uri = f"sip:{number.replace('#', '%23')}@127.0.0.1:{self.server}"
        line = self._line(f"<{uri}>", uri)
        line.dial(uri)
        return line

    def rings(self, seconds: float = PATIENCE) -> Line:
        """Wait until somebody calls, and give that call."""

        def ringing() -> list[Line]:
            return [line for line in self.lines if line.invite and not line.up and not line.over]

        self.wait(f"{self.name} rings", ringing, seconds)
        return ringing()[0]

    def wait(self, what: str, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something holds; AssertionError if it never does."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
            self.wait_a_moment(condition, 0.1)

    def wait_a_moment(self, condition: Callable[[], object], seconds: float) -> None:
        """Wait for something, but no longer than so many seconds."""
        with self._changed:
            self._changed.wait_for(condition, seconds)

    # --- for its lines ------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send a message to Asterisk."""
        self._socket.sendto(data, ("127.0.0.1", self.server))

    def respond(self, request: Message, status: str, local: str, sdp: str = "") -> None:
        """Answer a request; ``local`` is our side of the dialog, with its tag."""
        headers = [(name, value) for name, value in request.headers if name in COPIED]
        headers = [(name, local if name == "to" else value) for name, value in headers]
        self.send(sip_message.build(f"SIP/2.0 {status}", [*headers, ("Contact", self.contact)], sdp, SDP))

    def authorization(self, refusal: Message, method: str, uri: str) -> str:
        """Give the proof that Asterisk asked for."""
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', refusal.get("www-authenticate")))
        client, count = sip_message.token(), "00000001"
        who = _md5(f"{self.name}:{asked['realm']}:{self._password}")
        what = _md5(f"{method}:{uri}")
        proof = _md5(f"{who}:{asked['nonce']}:{count}:{client}:auth:{what}")
        given = {
            "username": self.name,
            "realm": asked["realm"],
            "nonce": asked["nonce"],
            "uri": uri,
            "response": proof,
            "cnonce": client,
            "opaque": asked.get("opaque", ""),
        }
        quoted = ", ".join(f'{name}="{value}"' for name, value in given.items() if value)
        return f"Digest {quoted}, algorithm=MD5, qop=auth, nc={count}"

    # --- inside -------------------------------------------------------------------------------------

    def _line(self, remote: str, target: str, call_id: str = "", local: str = "") -> Line:
        mine = local or f'"{self.name}" <sip:{self.name}@127.0.0.1:{self.server}>'
        line = Line(self, call_id or sip_message.token(), f"{mine};tag={sip_message.token()}", remote, target)
        self.lines.append(line)
        return line

    def _read(self) -> None:
        while not self._over:
            try:
                data = self._socket.recv(65_535)
            except TimeoutError:
                continue
            message = sip_message.parse(data.decode())
            with self._changed:
                self._take(message)
                self._changed.notify_all()

    def _take(self, message: Message) -> None:
        known = next((line for line in self.lines if line.call_id == message.get("call-id")), None)
        if known is not None:
            known.take(message)
        elif message.method == "INVITE" and not message.status:
            call_id = message.get("call-id")
            line = self._line(message.get("from"), message.target, call_id, message.get("to"))
            line.invite = message
            self.respond(message, "180 Ringing", line.local)
        elif not message.status and message.method != "ACK":
            self.respond(message, "200 OK", message.get("to"))


def _tag(header: str) -> str:
    found = re.search(r";tag=([^;\s]+)", header)
    return found[1] if found else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
