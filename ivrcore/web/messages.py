"""``/api/v1/messages``: list, hear and delete callers' messages. Every hearing and deletion is journalled.

Must not know how messages are kept: `MessageBox` does, and comes back when it is done.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.web.endpoint import Endpoint, Reply, json_reply
from ivrcore.web.roles import Gate


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message as shown; ``caller`` is the number, empty once the caller's values were erased."""

    message: str
    mailbox: str
    contact: str
    at: float
    seconds: float
    caller: str = ""


class MessageBox(Protocol):
    """All messages; what it gives comes later. ``by`` is who asked, for the journal."""

    def messages(self) -> Deferred[list[MessageView]]:
        """List them, the oldest first."""

    def hear(self, message: str, by: str) -> Deferred[bytes | None]:
        """Give a message's wav; None if there is none."""

    def delete(self, message: str, by: str) -> Deferred[bool]:
        """Delete a message for good; False if there is none."""


class MessagesEndpoint(Endpoint):
    """``GET /messages`` lists; ``GET`` and ``DELETE /messages/ID?author=WHO`` hear and delete one."""

    def __init__(self, box: MessageBox, gate: Gate) -> None:
        super().__init__(gate)
        self._box = box

    def on_get(self, request: Request) -> Deferred[Reply]:
        """List the messages, or give the wav of one."""
        if not request.postpath:
            return self._box.messages().addCallback(lambda found: json_reply({"messages": found}))
        message = _named(request)
        return self._box.hear(message, self.author(request, _said(request))).addCallback(
            lambda wav: _heard(message, wav)
        )

    def on_delete(self, request: Request) -> Deferred[Reply]:
        """Delete one."""
        message = _named(request)
        return self._box.delete(message, self.author(request, _said(request))).addCallback(
            lambda known: _deleted(message, known)
        )


def _named(request: Request) -> str:
    parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
    if len(parts) != 1:
        raise RequestRefused("name one message", status=404, hint="GET /api/v1/messages lists them")
    return parts[0]


def _said(request: Request) -> str:
    """Give for whom a client asks, as far as it says so."""
    given = request.args.get(b"author", [b""]) if request.args else [b""]
    return given[0].decode("utf-8", "replace")


def _heard(message: str, wav: bytes | None) -> Reply:
    if wav is None:
        raise _unknown(message)
    return Reply(wav, "audio/wav")


def _deleted(message: str, known: bool) -> Reply:
    if not known:
        raise _unknown(message)
    return json_reply({"deleted": message})


def _unknown(message: str) -> RequestRefused:
    return RequestRefused("there is no such message", status=404, hint="is it deleted already?")
