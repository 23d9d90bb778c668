"""``/api/v1``, ``/healthz``, ``/readyz``, ``/metrics``: JSON for programs."""

from __future__ import annotations

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


class PauseBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a pause may say."""

    reason: str = ""


class TakeBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which contact an agent takes; "" for the one who waits first."""

    contact: str = ""


class WrapUpBody(msgspec.Struct, forbid_unknown_fields=True):
    """For how many seconds from now wrap-up goes on."""

    seconds: float


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
        self.hotline.set_agent(name, action, _word(request, action), self.author(request))
        later: Deferred[Reply] = Deferred()
        self.hotline.when_shown(lambda: later.callback(self._one(name)))
        return later

    def _one(self, name: str) -> Reply:
        return json_reply(
            {"agent": next((agent for agent in self.hotline.agents() if agent.name == name), None)}
        )


def _addressed(request: Request) -> tuple[str, AgentAction]:
    parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
    if len(parts) != 2 or parts[1] not in set(AgentAction):
        raise RequestRefused(
            "this is nothing an agent can be told",
            status=404,
            hint="POST /api/v1/agents/NAME/ready, /pause, /logout, /take or /wrap-up",
        )
    return parts[0], AgentAction(parts[1])


def _word(request: Request, action: AgentAction) -> str:
    if action is AgentAction.PAUSE:
        return _reason(request)
    if action is AgentAction.TAKE:
        return read_body(request, TakeBody, '{"contact": "c7"}').contact
    if action is AgentAction.WRAP_UP:
        return str(read_body(request, WrapUpBody, '{"seconds": 60}').seconds)
    return ""


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


def _reason(request: Request) -> str:
    reason = read_body(request, PauseBody, '{"reason": "lunch"}').reason
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise RequestRefused(
            "the reason is too long or has unprintable characters",
            status=400,
            hint=f"{LONGEST_REASON} characters at most, in one line",
        )
    return reason


class Queues(OfHotline):
    """``GET /queues``."""

    def on_get(self, request: Request) -> Reply:
        """List the queues with their figures."""
        return json_reply({"queues": self.hotline.queues()})


class Subjects(OfHotline):
    """``DELETE /subjects/ID``: a person's right to be forgotten."""

    def on_delete(self, request: Request) -> Reply:
        """Erase the personal values of a subject; answer 404 if there are none."""
        parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        if len(parts) != 1 or not self.hotline.erase_subject(parts[0]):
            raise RequestRefused(
                "there are no personal values of such a subject",
                status=404,
                hint="the id is the field `subject` of the contact's ContactArrived; is it erased already?",
            )
        return json_reply({"erased": parts[0]})


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
