"""``/api/v1/config``: have queues and agents of the configuration read anew.

Must not know how a change is carried out: `Configuration` does it, and comes back when it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.problems import Problem
from ivrcore.versions.refusals import NotPassed
from ivrcore.web.api import read_body
from ivrcore.web.endpoint import Endpoint, Reply, json_reply
from ivrcore.web.roles import Gate


class Outcome(Protocol):
    """What became of it."""

    @property
    def version(self) -> str:
        """What is in force now."""

    @property
    def changed(self) -> bool:
        """Whether it is another roster than before."""

    @property
    def later(self) -> Sequence[str]:
        """Sections that take effect with a restart."""

    @property
    def problems(self) -> Sequence[Problem]:
        """Errors, for which nothing took effect."""


class Configuration(Protocol):
    """The configuration of a running server; :class:`ivrcore.service.live_config.LiveConfig` is it."""

    async def reload(self, author: str) -> Outcome:
        """Read the file, and let it take effect if it can."""


class ReloadConfigBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who wants it, as far as the client says."""

    author: str = ""


class ConfigEndpoint(Endpoint):
    """``POST /config/reload``: 200 with what became of it, 422 with the problems if it is refused."""

    def __init__(self, configuration: Configuration, gate: Gate) -> None:
        super().__init__(gate)
        self._configuration = configuration

    def on_post(self, request: Request) -> Deferred[Reply]:
        """Read the file anew."""
        if [part for part in request.postpath or () if part] != [b"reload"]:
            raise RequestRefused("there is no such address", status=404, hint="POST /api/v1/config/reload")
        body = read_body(request, ReloadConfigBody, '{"author": "kim"}')
        reloading = self._reload(self.author(request, body.author))
        return Deferred.fromFuture(asyncio.ensure_future(reloading))

    async def _reload(self, author: str) -> Reply:
        done = await self._configuration.reload(author)
        if done.problems:
            raise NotPassed(done.version, list(done.problems), "configuration in place of")
        return json_reply({"version": done.version, "changed": done.changed, "later": done.later})
