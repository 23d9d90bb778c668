# mypy: untyped-calls-exclude=twisted
"""What every address of the web has in common: methods, headers, refusals as JSON."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.task import Cooperator, TaskStopped
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from ivrcore.errors import IvrError, RequestRefused
from ivrcore.versions.refusals import NotPassed
from ivrcore.versions.views import shown
from ivrcore.web.roles import Gate

log = logging.getLogger(__name__)

AT_A_TIME = 20
"""Entries of a long list that are made without a pause: about a millisecond."""

SLICE = 0.005
"""Seconds for which pieces of answers are made before other work has its turn; the last may last over it."""

METHODS = ("GET", "POST", "PUT", "DELETE")

HEADERS = {
    b"server": b"ivrcore",
    b"cache-control": b"no-store",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'; style-src 'self'; script-src 'self'; "
    b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
"""On every answer: nothing is loaded from elsewhere, framed, cached or guessed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a request."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[bytes, bytes] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None
    """A large body, made and sent bit by bit between other work, in place of ``body``."""


def json_reply(value: object, status: int = 200) -> Reply:
    """Answer with JSON."""
    return Reply(msgspec.json.encode(value), "application/json", status)


def json_list(name: str, items: Iterable[object]) -> Reply:
    """Answer with a JSON object of one list, which may be long: it is made bit by bit."""
    return Reply(b"", "application/json", pieces=_listed(name, iter(items)))


def _listed(name: str, items: Iterator[object]) -> Iterator[bytes]:
    yield msgspec.json.encode({name: []})[:-2]
    between = b""
    while some := list(islice(items, AT_A_TIME)):
        yield between + msgspec.json.encode(some)[1:-1]
        between = b","
    yield b"]}"


class WrongMethod(RequestRefused):
    """The address knows no such method (HTTP 405)."""

    code = "IVR602"


class Endpoint(Resource):
    """An address. Subclasses define ``on_get`` and so on (`METHODS`), which give a `Reply` or raise IvrError.

    A `Reply` that is not known yet is given as a Deferred; its failure is answered as if it were raised.

    ``gate`` is asked first, and raises to refuse the request; without one the address is open to everybody.
    """

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, gate: Gate | None = None) -> None:
        Resource.__init__(self)
        self.gate = gate

    def render(self, request: Request) -> bytes | int:
        """Answer; whatever goes wrong becomes an answer too."""
        try:
            if self.gate is not None:
                self.gate.check(request)
            reply: Reply | Deferred[Reply] = self._method(request)(request)
        except Exception as error:  # noqa: BLE001 - one request's fault: it is answered and logged
            reply = _of_error(error)
        return _send_later(request, reply) if isinstance(reply, Deferred) else send(request, reply)

    def author(self, request: Request, claim: str = "") -> str:
        """Give the author of a change: see :meth:`ivrcore.web.roles.Gate.author`."""
        return claim if self.gate is None else self.gate.author(request, claim)

    def _method(self, request: Request) -> Callable[[Request], Reply | Deferred[Reply]]:
        name = request.method.decode("ascii", "replace").lower()
        method: Callable[[Request], Reply | Deferred[Reply]] | None = getattr(
            self, f"on_{'get' if name == 'head' else name}", None
        )
        if method is None:
            allowed = ", ".join(verb for verb in METHODS if hasattr(self, f"on_{verb.lower()}"))
            request.setHeader(b"allow", allowed.encode())
            raise WrongMethod("this address takes no such method", status=405, hint=f"use {allowed}")
        return method


class Nowhere(Endpoint):
    """Every address that does not exist."""

    def render(self, request: Request) -> bytes | int:
        """Answer 404, whatever the method."""
        path = request.path.decode("utf-8", "replace")
        missing = RequestRefused(f"there is no {path}", status=404, hint="docs/web.md lists the addresses")
        return send(request, _refusal(missing, 404))


class Folder(Resource):
    """An inner part of the tree: knows its children, nothing else."""

    def getChild(self, path: bytes, request: Request) -> Resource:  # noqa: N802 - Twisted's name
        """Answer for a child that is not there."""
        return Nowhere()

    def render(self, request: Request) -> bytes | int:
        """Answer for the folder itself, which is no address."""
        return Nowhere().render(request)


def _of_error(error: BaseException | None) -> Reply:
    if isinstance(error, RequestRefused):
        return _refusal(error, error.status)
    if isinstance(error, IvrError):
        log.warning("%s %s", error.code, error.message)
        return _refusal(error, 503)
    log.error("IVR900 a request to the web failed", exc_info=error)
    return json_reply({"error_id": "IVR900", "message": "a fault of ivrcore; see its log", "hint": ""}, 500)


def _refusal(error: IvrError, status: int) -> Reply:
    value: dict[str, object] = {"error_id": error.code, "message": error.message, "hint": error.hint}
    if isinstance(error, NotPassed):
        value["problems"] = shown(error.problems)
    return json_reply(value, status)


def send(request: Request, reply: Reply) -> bytes | int:
    """Write an answer's head; give what is its body, or that it is still to come."""
    request.setResponseCode(reply.status)
    for name, value in (*HEADERS.items(), *reply.headers.items()):
        request.setHeader(name, value)
    if reply.status == 401:
        request.setHeader(b"www-authenticate", b'Bearer realm="ivrcore"')
    request.setHeader(b"content-type", reply.content_type.encode())
    if reply.pieces is None:
        return reply.body
    _stream(request, reply.pieces)
    return NOT_DONE_YET


def _send_later(request: Request, later: Deferred[Reply]) -> int:
    gone: list[Failure] = []
    request.notifyFinish().addErrback(gone.append)

    def answer(reply: Reply) -> None:
        if gone:
            return
        body = send(request, reply)
        if isinstance(body, bytes):
            request.setHeader(b"content-length", b"%d" % len(body))
            request.write(body)
            request.finish()

    def failed(failure: Failure) -> None:
        if not gone:  # else nobody is there to be told, and the server may be stopping
            answer(_of_error(failure.value))

    later.addCallbacks(answer, failed)
    return NOT_DONE_YET


def _slice() -> Callable[[], bool]:
    end = time.monotonic() + SLICE
    return lambda: time.monotonic() >= end


_in_turns = Cooperator(_slice)


def _stream(request: Request, pieces: Iterator[bytes]) -> None:
    task = _in_turns.cooperate(map(request.write, pieces))

    def gone(_: Failure) -> None:
        task.stop()

    def over(result: object) -> None:
        if isinstance(result, Failure) and not result.check(TaskStopped):
            log.error("IVR900 an answer broke off: %s", result.getTraceback())
            request.loseConnection()
        elif not isinstance(result, Failure):
            request.finish()

    request.notifyFinish().addErrback(gone)
    task.whenDone().addBoth(over)
