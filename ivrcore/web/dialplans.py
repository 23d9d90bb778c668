"""``/api/v1/dialplans``: list, read, compare, check, publish and roll back dialplans, as JSON.

Must not know how a change is carried out: `Dialplans` does it, and comes back when it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Annotated, Literal, Protocol, TypeVar

import msgspec
from twisted.internet.defer import Deferred
from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.model.names import PublishedBy
from ivrcore.problems import Problem
from ivrcore.versions import Order, Publication
from ivrcore.versions.views import BrokenFile, Changed, DialplansView, shown
from ivrcore.web.endpoint import Endpoint, Reply, json_reply
from ivrcore.web.graphs import MOST_DEPTH, Drafts, Graphs
from ivrcore.web.roles import Gate

LONGEST_NOTE = 300

ADDRESSES = "docs/web.md lists the addresses below /api/v1/dialplans"

Body = TypeVar("Body", bound=msgspec.Struct)


class Dialplans(Drafts, Protocol):
    """What is asked of the live dialplans; :class:`ivrcore.versions.Library` is it."""

    def view(self) -> DialplansView:
        """Show all of them."""

    def broken(self) -> tuple[BrokenFile, ...]:
        """Show the files that do not take effect as they are saved."""

    async def log(self, name: str) -> list[Publication]:
        """Give a dialplan's publications, the newest first."""

    async def diff(self, name: str, old: str = "", new: str = "") -> str:
        """Give the unified difference of two versions."""

    async def check(self, text: str, name: str = "") -> list[Problem]:
        """Check a text; nothing takes effect."""

    async def schema(self) -> Mapping[str, object]:
        """Give the JSON Schema of the language, with the verbs and names of the site."""

    async def reload(self, order: Order) -> Changed:
        """Read the folder anew."""

    async def publish(self, name: str, text: str, base: str, order: Order) -> Changed:
        """Have new calls get a text."""

    async def roll_back(self, name: str, version: str, order: Order) -> Changed:
        """Have new calls get an earlier version."""


class Tests(Protocol):
    """What runs call tests; :class:`ivrcore.web.call_tests.CallTests` is it."""

    async def run(self, text: str, name: str) -> dict[str, object]:
        """Run those that call a number of this text."""


class CheckBody(msgspec.Struct, forbid_unknown_fields=True):
    """A text to be checked, as if it were to replace ``name`` (default: the dialplan that it names)."""

    text: str
    name: str = ""


class GraphBody(msgspec.Struct, forbid_unknown_fields=True):
    """A text to be drawn; with ``from`` only what is within ``depth`` steps of that menu or block."""

    text: str
    name: str = ""
    middle: str = msgspec.field(name="from", default="")
    depth: Annotated[int, msgspec.Meta(ge=1, le=MOST_DEPTH)] = 2


class _Ordered(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who wants it, as far as the client says, and why."""

    author: str = ""
    note: str = ""

    def order(self, how: PublishedBy, author: str) -> Order:
        """Check what a person may have typed, and make the order; ``author`` is who is kept."""
        note = self.note.strip()
        if len(note) > LONGEST_NOTE or not note.isprintable():
            raise RequestRefused(
                "the note is too long or has unprintable characters",
                hint=f"{LONGEST_NOTE} characters at most, in one line",
            )
        return Order(author, how, note)


class PublishBody(_Ordered, forbid_unknown_fields=True, kw_only=True):
    """A text that new calls are to get; ``base`` is the version that its author began from ("": none)."""

    text: str
    base: str = ""
    how: Literal["api", "editor", "cli"] = "api"


class RollbackBody(_Ordered, forbid_unknown_fields=True, kw_only=True):
    """The version that new calls are to get again."""

    version: str


class ReloadBody(_Ordered, forbid_unknown_fields=True, kw_only=True):
    """Who wants the folder read anew."""

    how: Literal["reload", "api", "editor", "cli"] = "reload"


class DialplansEndpoint(Endpoint):
    """Everything at and below ``/api/v1/dialplans``."""

    def __init__(
        self,
        dialplans: Dialplans,
        gate: Gate,
        tests: Tests | None = None,
        graphs: Graphs | None = None,
    ) -> None:
        super().__init__(gate)
        self._dialplans = dialplans
        self._tests = tests
        self._graphs = graphs

    # --- GET ------------------------------------------------------------------------------------

    def on_get(self, request: Request) -> Reply | Deferred[Reply]:
        """Answer ``/``, ``/schema``, ``/NAME``, and below that ``/versions``, ``/diff``, ``/graph``."""
        match _parts(request):
            case []:
                return json_reply(self._dialplans.view())
            case ["schema"]:
                return _later(self._schema())
            case [name]:
                return json_reply(self._one(name))
            case [name, "versions"]:
                return _later(self._log(name))
            case [name, "versions", version]:
                return _later(self._version(name, version))
            case [name, "diff"]:
                return _later(self._diff(name, _argument(request, b"from"), _argument(request, b"to")))
            case [name, "graph"] if self._graphs:
                keys = (b"version", b"since", b"until", b"from", b"depth")
                return _replied(self._graphs.of_served(name, *(_argument(request, key) for key in keys)))
        raise _nothing_there(request)

    def _one(self, name: str) -> dict[str, object]:
        edition = self._dialplans.current(name)
        problems = [one.problems for one in self._dialplans.broken() if one.file == edition.file]
        return {
            "name": name,
            "version": edition.version,
            "file": edition.file,
            "text": edition.text,
            "problems": problems[0] if problems else (),
        }

    async def _schema(self) -> Reply:
        return json_reply(await self._dialplans.schema())

    async def _log(self, name: str) -> Reply:
        return json_reply({"name": name, "versions": await self._dialplans.log(name)})

    async def _version(self, name: str, version: str) -> Reply:
        text = await self._dialplans.text(name, version)
        return json_reply({"name": name, "version": version, "text": text})

    async def _diff(self, name: str, old: str, new: str) -> Reply:
        return json_reply({"name": name, "diff": await self._dialplans.diff(name, old, new)})

    # --- POST and PUT ---------------------------------------------------------------------------

    def on_post(self, request: Request) -> Deferred[Reply]:
        """Take ``/check``, ``/graph``, ``/NAME/check``, ``/test``, ``/reload``, ``/NAME/rollback``."""
        match _parts(request):
            case ["check"]:
                body = _body(request, CheckBody)
                return _later(self._checked(body.text, body.name))
            case [name, "check"]:
                return _later(self._checked(_body(request, CheckBody).text, name))
            case ["test"] if self._tests is not None:
                wanted = _body(request, CheckBody)
                return _later(_tested(self._tests, wanted.text, wanted.name))
            case ["graph"] if self._graphs is not None:
                drawn = _body(request, GraphBody)
                return _replied(self._graphs.of_text(drawn.text, drawn.name, drawn.middle, drawn.depth))
            case ["reload"]:
                wish = _body(request, ReloadBody)
                order = wish.order(PublishedBy(wish.how), self.author(request, wish.author))
                return _later(self._changed(self._dialplans.reload(order)))
            case [name, "rollback"]:
                back = _body(request, RollbackBody)
                order = back.order(PublishedBy.ROLLBACK, self.author(request, back.author))
                return _later(self._changed(self._dialplans.roll_back(name, back.version, order), name))
        raise _nothing_there(request)

    def on_put(self, request: Request) -> Deferred[Reply]:
        """Publish ``/NAME``."""
        match _parts(request):
            case [name]:
                body = _body(request, PublishBody)
                order = body.order(PublishedBy(body.how), self.author(request, body.author))
                change = self._dialplans.publish(name, body.text, body.base, order)
                return _later(self._changed(change, name))
        raise _nothing_there(request)

    async def _checked(self, text: str, name: str) -> Reply:
        problems = await self._dialplans.check(text, name)
        passes = not any(problem.severity == "error" for problem in problems)
        return json_reply({"passes": passes, "problems": shown(problems)})

    async def _changed(self, change: Coroutine[object, object, Changed], name: str = "") -> Reply:
        done = await change
        value: dict[str, object] = {
            "published": done.published,
            "broken": done.broken,
            "warnings": done.warnings,
        }
        if name:
            edition = self._dialplans.current(name)
            value |= {"name": name, "version": edition.version, "file": edition.file}
        return json_reply(value)


async def _tested(tests: Tests, text: str, name: str) -> Reply:
    return json_reply(await tests.run(text, name))


def _later(answer: Coroutine[object, object, Reply]) -> Deferred[Reply]:
    return Deferred.fromFuture(asyncio.ensure_future(answer))


def _replied(value: Coroutine[object, object, dict[str, object]]) -> Deferred[Reply]:
    async def answer() -> Reply:
        return json_reply(await value)

    return _later(answer())


def _parts(request: Request) -> Sequence[str]:
    parts = [part.decode("utf-8", "replace") for part in request.postpath or ()]
    return parts[:-1] if parts == [""] else parts


def _argument(request: Request, name: bytes) -> str:
    values: list[bytes] = (request.args or {}).get(name, [b""])
    return values[0].decode("utf-8", "replace")


def _nothing_there(request: Request) -> RequestRefused:
    path = request.path.decode("utf-8", "replace")
    return RequestRefused(f"there is no {path} for this method", status=404, hint=ADDRESSES)


def _body(request: Request, kind: type[Body]) -> Body:
    assert request.content is not None
    try:
        return msgspec.json.decode(request.content.read() or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fields = ", ".join(field.name for field in msgspec.structs.fields(kind))
        raise RequestRefused(
            f"the body cannot be read: {error}", hint=f"send a JSON object with: {fields}"
        ) from error
