# mypy: untyped-calls-exclude=twisted
"""The web server: the tree of addresses, and where it listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from twisted.web.resource import IResource, Resource
from twisted.web.server import Request

from ivrcore.metrics.collector import Exposition
from ivrcore.wallboard.feed import Feed
from ivrcore.web.access import Access
from ivrcore.web.announcements import Announcements, EmergencySwitch
from ivrcore.web.api import Agents, Healthz, Metrics, Queues, Readyz, Subjects
from ivrcore.web.assets import Assets, EditorFiles
from ivrcore.web.bounds import BoundedSite
from ivrcore.web.configuration import ConfigEndpoint, Configuration
from ivrcore.web.contacts import Contacts, Explain
from ivrcore.web.dialplans import Dialplans, DialplansEndpoint, Tests
from ivrcore.web.drain import DrainEndpoint, Draining
from ivrcore.web.editor_page import DialplanPage
from ivrcore.web.endpoint import Folder
from ivrcore.web.graphs import Graphs, NoWays, Ways
from ivrcore.web.handover import HandingOver, HandOverEndpoint
from ivrcore.web.kept import KeptBox, KeptEndpoint
from ivrcore.web.messages import MessageBox, MessagesEndpoint
from ivrcore.web.pages import Asset, Login, Logout, Status
from ivrcore.web.roles import by_page, by_token
from ivrcore.web.view import Hotline
from ivrcore.web.wall import WallAssets, WallFiles, WallPage, WallStream


def tree(
    hotline: Hotline,
    exposition: Exposition,
    access: Access,
    now: Callable[[], float],
    dialplans: Dialplans | None = None,
    editor: EditorFiles | None = None,
    messages: MessageBox | None = None,
    kept: KeptBox | None = None,
    tests: Tests | None = None,
    ways: Ways | None = None,
    explain: Explain | None = None,
    configuration: Configuration | None = None,
    wall: Feed | None = None,
    draining: Draining | None = None,
    handing_over: HandingOver | None = None,
) -> Resource:
    """Lay out the addresses. ``now`` gives UTC seconds.

    Without ``dialplans`` there are none to change, without ``ways`` their pictures show no callers. ``tests``
    runs call tests, ``explain`` says why a contact was offered to whom, ``configuration`` is read anew,
    ``wall`` is pushed to wallboards, ``draining`` lets nobody in, ``handing_over`` gives calls away.
    """
    gate, editor = by_token(access), editor or EditorFiles()
    v1 = _folder(
        {
            "agents": Agents(hotline, gate),
            "queues": Queues(hotline, gate),
            "contacts": Contacts(hotline, gate, explain),
            "subjects": Subjects(hotline, gate),
            "announcements": Announcements(hotline, gate),
            "emergency": EmergencySwitch(hotline, gate),
            "kept": KeptEndpoint(kept, gate),
        }
    )
    if dialplans is not None:
        graphs = Graphs(dialplans, ways or NoWays(), now)
        endpoint = DialplansEndpoint(dialplans, by_page(access), tests, graphs)
        v1.putChild(b"dialplans", cast("IResource", endpoint))
    if configuration is not None:
        v1.putChild(b"config", cast("IResource", ConfigEndpoint(configuration, gate)))
    if draining is not None:
        v1.putChild(b"drain", cast("IResource", DrainEndpoint(hotline, draining, gate)))
    if handing_over is not None:
        v1.putChild(b"hand-over", cast("IResource", HandOverEndpoint(handing_over, gate)))
    if messages is not None:
        v1.putChild(b"messages", cast("IResource", MessagesEndpoint(messages, gate)))
    wall_files = WallFiles()
    if wall is not None:
        v1.putChild(b"wallboard", cast("IResource", WallStream(wall, by_page(access), wall_files.stamp)))
    return _folder(
        {
            "": Status(hotline, access, now),
            "login": Login(access),
            "logout": Logout(access),
            "style.css": Asset("style.css", "text/css; charset=utf-8"),
            "dialplans": DialplanPage(access, editor),
            "assets": Assets(editor),
            "wallboard": WallPage(access, wall_files),
            "wallboard-files": WallAssets(wall_files),
            "refresh.js": Asset("refresh.js", "text/javascript; charset=utf-8"),
            "healthz": Healthz(hotline),
            "readyz": Readyz(hotline),
            "metrics": Metrics(exposition, gate),
            "api": _folder({"v1": v1}),
        }
    )


Listen = Callable[[Any, str, int, Any], Any]
"""Takes the reactor, host, port and factory; gives Twisted's port."""


def _listen(reactor: Any, host: str, port: int, factory: Any) -> Any:
    return reactor.listenTCP(port, factory, interface=host)


def _folder(children: Mapping[str, Resource]) -> Folder:
    folder: Folder = cast("Any", Folder)()
    for name, child in children.items():
        folder.putChild(name.encode(), cast("IResource", child))
    return folder


class WebServer:
    """Listens from `start` to `stop`. ``reactor`` is Twisted's; ``port`` 0 takes a free one.

    ``trusted`` tells whose requests may be as large as a dialplan, ``listen`` may have the socket already.
    """

    def __init__(
        self,
        reactor: Any,
        root: Resource,
        host: str,
        port: int,
        trusted: Callable[[Request], bool] = lambda _: False,
        listen: Listen | None = None,
    ) -> None:
        self._listen = listen or _listen
        self._reactor = reactor
        self._site = BoundedSite(root, trusted)
        self._host = host
        self._wanted = port
        self._port: Any = None

    def start(self) -> None:
        """Begin to listen; raises twisted.internet.error.CannotListenError where the port is taken."""
        self._port = self._listen(self._reactor, self._host, self._wanted, self._site)

    @property
    def descriptors(self) -> list[int]:
        """The sockets by which it listens, as the system numbers them."""
        return [] if self._port is None else [self._port.fileno()]

    @property
    def url(self) -> str:
        """Where it listens, ending with a slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port.getHost().port}/"

    async def stop(self) -> None:
        """Listen no more and end every connection; await it inside a Deferred's coroutine."""
        port, self._port = self._port, None
        if port is not None:
            await port.stopListening()
            self._site.end_all()
