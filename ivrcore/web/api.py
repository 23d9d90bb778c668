"""``/api/v1``, ``/healthz``, ``/readyz``, ``/metrics``: JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.metrics.collector import Exposition
from ivrcore.web.endpoint import Endpoint, Reply, json_reply
from ivrcore.web.roles import Gate
from ivrcore.web.view import AgentAction, Hotline

LONGEST_REASON = 100

Body = TypeVar("Body")


class AgentBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an agent can be told beside the action; ``author`` is who wants it, as far as the client says."""

    author: str = ""

    def word(self) -> str:
        """Give what :meth:`Hotline.set_agent` takes."""
        return ""


class PauseBody(AgentBody):
    """What a pause may say."""

    reason: str = ""

    def word(self) -> str:
        """Give the reason; raise :class:`RequestRefused` for one that cannot be shown."""
        if len(self.reason) > LONGEST_REASON or not self.reason.isprintable():
            raise RequestRefused(
                "the reason is too long or has unprintable characters",
                status=400,
                hint=f"{LONGEST_REASON} characters at most, in one line",
            )
        return self.reason


class TakeBody(AgentBody):
    """Which contact an agent takes; "" for the one who waits first."""

    contact: str = ""

    def word(self) -> str:
        """Give the contact."""
        return self.contact


class WrapUpBody(AgentBody):
    """For how many seconds from now wrap-up goes on."""

    seconds: float

    def word(self) -> str:
        """Give the seconds."""
        return str(self.seconds)


BODIES: Mapping[AgentAction, tuple[type[AgentBody], str]] = {
    AgentAction.READY: (AgentBody, '{"author": "sue"}'),
    AgentAction.LOGOUT: (AgentBody, '{"author": "sue"}'),
    AgentAction.PAUSE: (PauseBody, '{"reason": "lunch"}'),
    AgentAction.TAKE: (TakeBody, '{"contact": "c7"}'),
    AgentAction.WRAP_UP: (WrapUpBody, '{"seconds": 60}'),
}
"""What is sent with each, and an example of it."""


class OfHotline(Endpoint):
    """An address that asks or steers the hotline."""

    def __init__(self, hotline: Hotline, gate: Gate | None = None) -> None:
        super().__init__(gate)
        self.hotline = hotline


class Agents(OfHotline):
    """``GET /agents`` lists; ``POST /agents/NAME/ready|pause|logout|take|wrap-up`` tells one."""

    def on_get(self, request: Request) -> Reply:
        """List the agents."""
        if request.postpath:
            raise RequestRefused("agents are listed together", status=404, hint="GET /api/v1/agents")
        return json_reply({"agents": self.hotline.agents()})

    def on_post(self, request: Request) -> Deferred[Reply]:
        """Tell an agent what to do; answer with how the agent is then, once the figures know."""
        name, action = _addressed(request)
        if self.gate is not None:
            self.gate.check_agent(request, name)
        body = read_body(request, *BODIES[action])
        self.hotline.set_agent(name, action, body.word(), self.author(request, body.author))
        later: Deferred[Reply] = Deferred()
        self.hotline.when_shown(lambda: later.callback(self._one(name)))
        return later

    def _one(self, name: str) -> Reply:
        return json_reply({"agent": self.hotline.agent(name)})


def _addressed(request: Request) -> tuple[str, AgentAction]:
    parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
    if len(parts) != 2 or parts[1] not in set(AgentAction):
        raise RequestRefused(
            "this is nothing an agent can be told",
            status=404,
            hint="POST /api/v1/agents/NAME/ready, /pause, /logout, /take or /wrap-up",
        )
    return parts[0], AgentAction(parts[1])


def read_body(request: Request, kind: type[Body], example: str) -> Body:
    """Read what was sent; nothing counts as ``{}``. Raises :class:`RequestRefused` (400)."""
    assert request.content is not None
    body = request.content.read()
    try:
        return msgspec.json.decode(body if body.strip() else b"{}", type=kind)
    except msgspec.DecodeError as error:
        raise RequestRefused(
            f"the body cannot be read: {error}", status=400, hint=f"send JSON such as {example}"
        ) from error


class Queues(OfHotline):
    """``GET /queues``."""

    def on_get(self, request: Request) -> Reply:
        """List the queues with their figures."""
        return json_reply({"queues": self.hotline.queues()})


class Subjects(OfHotline):
    """``DELETE /subjects/ID``: a person's right to be forgotten."""

    def on_delete(self, request: Request) -> Deferred[Reply]:
        """Erase what is kept of a subject; answer once it is gone, 404 if there is nothing."""
        parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        if len(parts) != 1 or not parts[0]:
            raise _nobody()

        def erased(known: bool) -> Reply:
            if not known:
                raise _nobody()
            return json_reply({"erased": parts[0]})

        return self.hotline.erase_subject(parts[0]).addCallback(erased)


def _nobody() -> RequestRefused:
    return RequestRefused(
        "there are no personal values of such a subject",
        status=404,
        hint="the id is the field `subject` of the contact's ContactArrived; is it erased already?",
    )


class Healthz(OfHotline):
    """``GET /healthz``: whether the process lives.

    A journal that cannot be written is no reason to restart: what it could not write yet is in memory.
    """

    def on_get(self, request: Request) -> Reply:
        """Answer 200; the journal's state is for information, `Readyz` judges it."""
        return json_reply({"alive": True, "journal": self.hotline.health().journal})


class Readyz(OfHotline):
    """``GET /readyz``: whether to send calls."""

    def on_get(self, request: Request) -> Reply:
        """Answer 200 if calls can be served, else 503 with the reasons."""
        health = self.hotline.health()
        reasons = health.reasons()
        value = {
            "ready": not reasons,
            "reasons": reasons,
            "degraded": health.degraded(),
            "links": health.links,
            "dialplans": health.dialplans,
            "journal": health.journal,
            "speech": health.speech,
        }
        return json_reply(value, 503 if reasons else 200)


class Metrics(Endpoint):
    """``GET /metrics``, rendered here on the reactor's thread.

    prometheus-client's own Twisted resource answers in the thread pool, where the live state may change
    while it is read.
    """

    def __init__(self, exposition: Exposition, gate: Gate) -> None:
        super().__init__(gate)
        self._exposition = exposition

    def on_get(self, request: Request) -> Reply:
        """Answer in the format that the scraper accepts."""
        content_type, pieces = self._exposition.pieces(request.getHeader("accept") or "")
        return Reply(b"", content_type, pieces=pieces)
