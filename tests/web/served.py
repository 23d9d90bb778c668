"""The web server on a free port, over the real router."""

from twisted.internet import reactor

from ivrcore.web.access import Access
from ivrcore.web.server import WebServer, tree
from tests.web.memory_dialplans import MemoryDialplans
from tests.web.router_hotline import RouterHotline

TOKEN = "a token that is long enough"


class Served:
    """Listens from the start; await ``server.stop()`` at the end."""

    def __init__(self, without: tuple[str, ...] = ()) -> None:
        self.hotline = RouterHotline()
        self.steady = 0.0
        access = Access(TOKEN, lambda: self.steady)
        root = tree(self.hotline, self.hotline.exposition(), access, lambda: self.hotline.now)
        self.dialplans = MemoryDialplans(access.require_login, without)
        root.children[b"api"].children[b"v1"].putChild(b"dialplans", self.dialplans)
        self.server = WebServer(reactor, root, "127.0.0.1", 0)
        self.server.start()
        self.port = int(self.server.url.rstrip("/").rpartition(":")[2])
