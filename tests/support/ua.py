"""A SIP phone inside the test process: sees every status and header, says a tone, keeps what it hears.

Just enough of RFC 3261 for one call at a time with one Asterisk on loopback, without authentication; audio
is G.711 mu-law in 20 ms RTP packets. Needs an asyncio loop that runs.
"""

from __future__ import annotations

import asyncio
import math
import random
import struct
import time
from collections.abc import Callable

PTIME = 0.02


def _ulaw(sample: int) -> int:
    sign, sample = (0x80, -sample) if sample < 0 else (0, sample)
    sample = min(sample, 32635) + 132
    exponent = max(sample.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | (sample >> (exponent + 3)) & 0x0F) & 0xFF


def _linear(code: int) -> int:
    code = ~code & 0xFF
    sample = (((code & 0x0F) << 3) + 132 << ((code & 0x70) >> 4)) - 132
    return -sample if code & 0x80 else sample


LINEAR = [_linear(code) for code in range(256)]


def tone_ulaw(hertz: float, seconds: float = 1.0, level: float = 0.3) -> bytes:
    """A tone as mu-law at 8 kHz."""
    return bytes(
        _ulaw(int(level * 32767 * math.sin(2 * math.pi * hertz * n / 8000)))
        for n in range(int(seconds * 8000))
    )


def power(ulaw: bytes, hertz: float) -> float:
    """How strong a tone of `hertz` is in mu-law at 8 kHz: its amplitude, 1.0 full scale (Goertzel)."""
    if not ulaw:
        return 0.0
    samples = [LINEAR[code] / 32768 for code in ulaw]
    turn = 2 * math.cos(2 * math.pi * hertz / 8000)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    return 2 * math.sqrt(max(one * one + two * two - turn * one * two, 0)) / len(samples)


SILENCE = b"\xff" * 8000


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._take(data, addr)


class Phone:
    """One phone. As an agent it follows `reply`: a list of (seconds after INVITE, status)."""

    def __init__(self, port: int, server: int, *, name: str = "phone", tone: float | None = None) -> None:
        self.port, self.server, self.name = port, server, name
        self.statuses: list[int] = []
        """Final and provisional statuses of our INVITE."""
        self.invite = ""
        """The INVITE we got, as text."""
        self.reply: list[tuple[float, int]] = []
        self.heard = b""
        """mu-law that arrived."""
        self.reasons: list[str] = []
        self.gone = False
        """BYE or CANCEL seen, or our call was refused."""
        self.up = False
        self._speech = tone_ulaw(tone) if tone else SILENCE
        self._call = f"{random.getrandbits(48):x}@ua"
        self._tag = f"{random.getrandbits(32):x}"
        self._their_to = ""
        self._target = ""
        self._cseq = 1
        self._number = ""
        self._media: tuple[str, int] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Phone:
        loop = asyncio.get_running_loop()
        self._sip, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._message), local_addr=("127.0.0.1", self.port)
        )
        self._rtp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._audio), local_addr=("127.0.0.1", 0)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.up and not self.gone:
            self.hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sip.close()
        self._rtp.close()
        await asyncio.sleep(0)  # the sockets close in the next turn of the loop

    def _sdp(self) -> str:
        port = self._rtp.get_extra_info("sockname")[1]
        return (
            "v=0\r\no=ua 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"
        )

    def _send(self, lines: list[str], body: str = "", kind: str = "application/sdp") -> None:
        if body:
            lines.append(f"Content-Type: {kind}")
        lines.append(f"Content-Length: {len(body)}")
        self._sip.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), ("127.0.0.1", self.server))

    def _request(
        self,
        method: str,
        body: str = "",
        kind: str = "application/sdp",
        cseq: int = 0,
        refer_to: str = "",
    ) -> None:
        if method not in ("ACK", "CANCEL"):
            self._cseq += 1
        to = self._their_to or f"<sip:{self._number}@127.0.0.1:{self.server}>"
        mine = f'"{self.name}" <sip:{self.name}@127.0.0.1:{self.port}>;tag={self._tag}'
        uri = self._target or f"sip:{self._number}@127.0.0.1:{self.server}"
        number = cseq or self._cseq
        branch = f"z9hG4bK{self._tag}{number}{'a' if method == 'ACK' else ''}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch}",
            "Max-Forwards: 70",
            f"From: {mine}",
            f"To: {to}",
            f"Call-ID: {self._call}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:{self.name}@127.0.0.1:{self.port}>",
        ]
        if refer_to:
            lines.append(f"Refer-To: {refer_to}")
        self._send(lines, body, kind)

    def call(self, number: str) -> None:
        """Dial `number`."""
        self._number = number
        self._request("INVITE", self._sdp())
        self._invite_cseq = self._cseq

    def cancel(self) -> None:
        """Give up while it rings."""
        self._request("CANCEL", cseq=self._invite_cseq)

    def speak(self, hertz: float | None) -> None:
        """Say a tone from now on; None: nothing."""
        self._speech = SILENCE if hertz is None else tone_ulaw(hertz)

    def press(self, digit: str) -> None:
        """Press a key (SIP INFO)."""
        self._request("INFO", f"Signal={digit}\r\nDuration=100\r\n", "application/dtmf-relay")

    def hold(self, on: bool) -> None:
        """Put the other side on hold, or take it back (re-INVITE)."""
        sdp = self._sdp()
        self._request("INVITE", sdp.replace("sendrecv", "sendonly") if on else sdp)
        self._invite_cseq = self._cseq

    def refer(self, number: str) -> None:
        """Send the other side on to a number (REFER)."""
        self._request("REFER", refer_to=f"<sip:{number}@127.0.0.1:{self.server}>")

    def hang_up(self) -> None:
        """Say BYE."""
        self._request("BYE")
        self.gone = True

    def _message(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        first, _, rest = text.partition("\r\n")
        headers: dict[str, str] = {}
        vias = []
        for line in rest.split("\r\n\r\n")[0].split("\r\n"):
            key, _, value = line.partition(":")
            if key.lower() == "via":
                vias.append(value.strip())
            headers.setdefault(key.lower(), value.strip())
        if "reason" in headers:
            self.reasons.append(headers["reason"])
        if first.startswith("SIP/2.0"):
            self._answered(int(first.split()[1]), headers, text)
        else:
            self._asked(first.split()[0], headers, vias, text)

    def _answered(self, status: int, headers: dict[str, str], text: str) -> None:
        if not headers["cseq"].endswith("INVITE") or headers["call-id"] != self._call:
            return  # or what an earlier call on this port left on its way
        self.statuses.append(status)
        if status > 100:
            self._their_to = headers["to"]
        if status >= 200:
            if status < 300:
                self._target = headers["contact"].strip("<>")
            self._request("ACK", cseq=self._invite_cseq)
            if status >= 300:
                self.gone = True
        if status in (183, 200) and "m=audio" in text:
            self._talk(text)
        self.up = self.up or status == 200

    def _talk(self, sdp: str) -> None:
        port = int(sdp.split("m=audio ")[1].split()[0])
        start = self._media is None
        self._media = ("127.0.0.1", port)
        if start:
            self._task(self._speak())

    def _task(self, work: object) -> None:
        task = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)

    async def _speak(self) -> None:
        begun, n = (
            time.monotonic(),
            0,
        )  # as Asterisk's clock goes, which the loop's does not on a busy machine
        while not self.gone:
            at = n * 160 % len(self._speech)
            frame = self._speech[at : at + 160]
            head = struct.pack("!BBHII", 0x80, 0, n & 0xFFFF, n * 160 & 0xFFFFFFFF, 4711)
            self._rtp.sendto(head + frame, self._media)
            n += 1
            await asyncio.sleep(max(begun + n * PTIME - time.monotonic(), 0))

    def _audio(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[1] & 0x7F == 0:
            self.heard += data[12:]

    def _asked(self, method: str, headers: dict[str, str], vias: list[str], text: str) -> None:
        def respond(status: int, body: str = "") -> None:
            to = headers["to"] + ("" if "tag=" in headers["to"] else f";tag={self._tag}")
            lines = [
                f"SIP/2.0 {status} x",
                *(f"Via: {via}" for via in vias),
                f"From: {headers['from']}",
                f"To: {to}",
            ]
            lines += [f"Call-ID: {headers['call-id']}", f"CSeq: {headers['cseq']}"]
            lines.append(f"Contact: <sip:{self.name}@127.0.0.1:{self.port}>")
            self._send(lines, body)

        async def ring() -> None:
            at = 0.0
            for after, status in self.reply:
                await asyncio.sleep(after - at)
                at = after
                if self.gone:
                    return
                respond(status, self._sdp() if status == 200 else "")
                self.gone = status >= 300
                if status == 200:
                    self.up = True
                    self._talk(text)

        ours = headers["call-id"] == self._call
        if method == "INVITE" and not ours and (self.invite or self._number) and not self.gone:
            respond(486)
        elif method == "INVITE" and not ours:
            self.invite = text
            self.up = self.gone = False
            self._call = headers["call-id"]
            self._their_to = headers["from"]
            self._target = headers["contact"].strip("<>")
            self._as_callee = headers["to"]
            respond(100)
            self._task(ring())
        elif method == "INVITE" and "tag=" not in headers["to"]:
            pass  # sent once more: ring() answers it
        elif method in ("BYE", "CANCEL") and not ours:
            respond(481)  # of a call before this one, which must not end with it
        elif method in ("BYE", "CANCEL"):
            self.gone = True
            respond(200)
            if method == "CANCEL":
                headers["cseq"] = headers["cseq"].replace("CANCEL", "INVITE")
                respond(487)
        elif method != "ACK":
            respond(200)
