"""One call placed over SIP, the caller's side: INVITE to BYE, with its transactions' repeats.

A small user agent for a private Asterisk on loopback, where SIPp's fixed scenarios cannot follow what is
heard. It needs no authentication, speaks UDP only and offers mu-law. Runs on asyncio.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import cast

from ivrcore.lab import sip_message
from ivrcore.lab.sip_message import Message

FIRST_REPEAT = 0.5
"""Seconds until an unanswered request is sent again, doubled each time (RFC 3261, timer T1)."""
GIVE_UP = 16.0
"""Seconds after which an unanswered request fails."""
COPIED = {"via", "from", "to", "call-id", "cseq", "record-route"}
"""Headers of a request that its response repeats."""
AGENT = "User-Agent", "ivrcore lab caller"


class CallFailed(Exception):
    """The far side did not take part: no answer to a request within `GIVE_UP` seconds."""


class SipSocket(asyncio.DatagramProtocol):
    """The callers' one SIP port; messages go to calls by Call-ID."""

    def __init__(self) -> None:
        self.calls: dict[str, Callable[[Message], None]] = {}
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Part of asyncio's protocol."""
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Part of asyncio's protocol."""
        with contextlib.suppress(ValueError):
            message = sip_message.parse(data.decode(errors="replace"))
            receive = self.calls.get(message.get("call-id"))
            if receive is not None:
                receive(message)

    def error_received(self, exc: Exception) -> None:
        """Part of asyncio's protocol: the PBX is not there; repeats and time-outs deal with it."""

    def send(self, data: bytes, remote: tuple[str, int]) -> None:
        """Send a message."""
        if self.transport is not None:
            self.transport.sendto(data, remote)


class SipCall:
    """One outgoing call. `changed` is told `ringing`, `answered` and `ended`, with the message if any."""

    def __init__(
        self,
        send: Callable[[bytes], None],
        local_port: int,
        remote_port: int,
        *,
        number: str,
        caller_id: str,
        caller_name: str,
        media_port: int,
        changed: Callable[[str, Message | None], None],
    ) -> None:
        self.call_id = f"{sip_message.token()}@127.0.0.1"
        self.answered = self.over = False
        self.ended_by = ""
        """`caller`, `far`, `refused` or `lost`."""
        self._send, self._changed = send, changed
        self._contact = f"<sip:{caller_id}@127.0.0.1:{local_port}>"
        self._via = f"SIP/2.0/UDP 127.0.0.1:{local_port};rport;branch=z9hG4bK"
        self._from = f'"{caller_name}" <sip:{caller_id}@127.0.0.1>;tag={sip_message.token()}'
        self._uri = self._target = f"sip:{number}@127.0.0.1:{remote_port}"
        self._to = f"<{self._uri}>"
        self._sdp = sip_message.offer(media_port)
        self._sequence = 1
        self._invite_branch = sip_message.token()
        self._ack = b""
        self._provisional = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._bye: asyncio.Task[None] | None = None

    def _request(self, method: str, sequence: int, branch: str, body: str = "", kind: str = "") -> bytes:
        headers = [
            ("Via", self._via + branch),
            ("Max-Forwards", "70"),
            ("From", self._from),
            ("To", self._to),
            ("Call-ID", self.call_id),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", self._contact),
            AGENT,
        ]
        # A refusal's ACK belongs to the INVITE's transaction, an acceptance's goes to the dialog's target.
        uri = self._uri if branch == self._invite_branch else self._target
        return sip_message.build(f"{method} {uri} SIP/2.0", headers, body, kind)

    async def dial(self) -> None:
        """Send the INVITE and repeat it until somebody reacts; returns at the first response."""
        invite = self._request("INVITE", 1, self._invite_branch, self._sdp, "application/sdp")
        wait, deadline = FIRST_REPEAT, time.monotonic() + GIVE_UP
        while not self._provisional.is_set():
            if time.monotonic() > deadline:
                self._end("refused", None)
                self._provisional.set()
                raise CallFailed("no answer to INVITE")
            self._send(invite)
            await _set_within(self._provisional, wait)
            wait *= 2

    async def key(self, digit: str, seconds: float = 0.16) -> None:
        """Press a key, by INFO as `application/dtmf-relay`; returns when it was accepted."""
        body = f"Signal={digit}\r\nDuration={round(seconds * 1000)}\r\n"
        await self._transaction("INFO", body, "application/dtmf-relay")

    async def hang_up(self) -> None:
        """End the call: BYE, or CANCEL while it is not answered yet."""
        if self.over:
            return
        if self.answered:
            self._end("caller", None)
            await self._transaction("BYE")
            return
        self.ended_by = "caller"
        await self._provisional.wait()  # a CANCEL must not come before the first response
        if not self.over:
            self._send(self._request("CANCEL", 1, self._invite_branch))

    def lose(self) -> None:
        """End the call on this side only: nobody is there to be told."""
        self._provisional.set()  # no more repeats
        if not self.over:
            self._end("lost", None)

    async def _transaction(self, method: str, body: str = "", kind: str = "") -> Message:
        self._sequence += 1
        number = self._sequence
        request = self._request(method, number, sip_message.token(), body, kind)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        wait, deadline = FIRST_REPEAT, time.monotonic() + GIVE_UP
        try:
            while time.monotonic() < deadline:
                self._send(request)
                await asyncio.wait([answer], timeout=wait)
                if answer.done():
                    return answer.result()
                wait = min(wait * 2, 4.0)
        finally:
            self._waiting.pop(number, None)
        raise CallFailed(f"no answer to {method}")

    def received(self, message: Message) -> None:
        """Take a message of this call."""
        if not message.status:
            self._answer_request(message)
        elif message.method == "INVITE":
            self._invite_response(message)
        elif message.status >= 200:
            waiting = self._waiting.get(message.sequence)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    def _invite_response(self, message: Message) -> None:
        self._provisional.set()
        if message.status < 200:
            if message.status in {180, 183} and not self.over:
                self._changed("ringing", message)
            return
        self._to = message.get("to")
        if message.status >= 300:
            self._send(self._request("ACK", 1, self._invite_branch))
            self._end(self.ended_by or "refused", message)
            return
        if not self._ack:
            self._target = message.target or self._target
            self._ack = self._request("ACK", 1, sip_message.token())
        self._send(self._ack)  # again for each repeated 200
        if self.ended_by == "caller" and not self.over:  # answered while we cancelled
            self.answered = True
            self._bye = asyncio.ensure_future(self.hang_up())
        elif not self.answered and not self.over:
            self.answered = True
            self._changed("answered", message)

    def _answer_request(self, message: Message) -> None:
        if message.method == "ACK":
            return
        copied = [(name, value) for name, value in message.headers if name in COPIED]
        body = self._sdp if message.method in {"INVITE", "UPDATE"} and message.body else ""
        extra = [("Contact", self._contact), AGENT]
        self._send(sip_message.build("SIP/2.0 200 OK", [*copied, *extra], body, "application/sdp"))
        if message.method == "BYE" and not self.over:
            self._end("far", message)

    def _end(self, by: str, message: Message | None) -> None:
        self.over, self.ended_by = True, by
        self._changed("ended", message)


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
