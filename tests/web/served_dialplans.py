"""The web server over a real folder of dialplans, for the tests of their editor."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.request import Request

from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import Request as WebRequest

from ivrcore.dialplan.check import Site
from ivrcore.errors import RequestRefused
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.web.assets import EditorFiles
from ivrcore.web.call_tests import CallTests
from ivrcore.web.dialplans import DialplansEndpoint
from ivrcore.web.endpoint import Reply
from ivrcore.web.roles import by_page
from ivrcore.web.server import tree
from tests.unit.versions.shelf_site import Shelves
from tests.web.served import TOKEN, Served

SAMPLES = Path(__file__).parents[2] / "dialplans"
SAMPLE = (SAMPLES / "hotline.yaml").read_text()
SITE = Site(queues=["cards", "loans", "general"])


class LacksSome(DialplansEndpoint):
    """An older server: the addresses named in ``without`` are missing."""

    without: tuple[str, ...] = ()

    def on_get(self, request: WebRequest) -> Reply | Deferred[Reply]:
        self._refuse(request)
        return super().on_get(request)

    def on_post(self, request: WebRequest) -> Reply | Deferred[Reply]:
        self._refuse(request)
        return super().on_post(request)

    def _refuse(self, request: WebRequest) -> None:
        if {part.decode() for part in request.postpath or ()} & set(self.without):
            raise RequestRefused("there is nothing here", status=404)


class ServedDialplans(Served):
    """Make it where the loop runs; await `stop` at the end. ``folder`` is for the dialplans."""

    def __init__(
        self, folder: Path, without: tuple[str, ...] = (), editor: EditorFiles | None = None
    ) -> None:
        self.shelves = Shelves(folder)
        self.shelves.site = SITE
        self.file = self.shelves.save(SAMPLE, "hotline.yaml")
        shutil.copytree(SAMPLES / "tests", self.file.parent / "tests")
        self.library = self.shelves.start()
        self.editor = editor
        self.without = without
        super().__init__()

    def root(self) -> Resource:
        now, figures = (lambda: self.hotline.now), self.hotline.exposition()
        tests = CallTests(self.file.parent, SITE.verbs)
        root = tree(self.hotline, figures, self.access, now, self.library, self.editor, tests=tests)
        if self.without:
            lacking = LacksSome(self.library, by_page(self.access))
            lacking.without = self.without
            root.children[b"api"].children[b"v1"].putChild(b"dialplans", lacking)
        return root

    @property
    def text(self) -> str:
        """What a next call would get."""
        plan = self.library.plan_for("5000")
        assert plan is not None
        return self.library.current(plan.name).text

    def publish_as(self, author: str, old: str, new: str) -> None:
        """Somebody else publishes over the API. Blocking: call it on a thread."""
        now = self.ask("GET", "/hotline")
        text = now["text"].replace(old, new)
        self.ask("PUT", "/hotline", {"text": text, "base": now["version"], "author": author})

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.server.url}api/v1/dialplans{path}"
        with LOOPBACK.open(Request(address, data, headers, method=method), timeout=10) as answer:
            return json.load(answer)

    async def stop(self) -> None:
        await self.server.stop()
        await Deferred.fromFuture(asyncio.ensure_future(self.library.stop()))
