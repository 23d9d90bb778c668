"""The web server on a free port, over the real router."""

from twisted.internet import reactor
from twisted.web.resource import Resource

from ivrcore.web.access import Access
from ivrcore.web.server import WebServer, tree
from tests.web.router_hotline import RouterHotline

TOKEN = "a token that is long enough"


class Served:
    """Listens from the start; await ``server.stop()`` at the end."""

    def __init__(self, hotline: RouterHotline | None = None) -> None:
        self.hotline = hotline or RouterHotline()
        self.steady = 0.0
        self.access = Access(TOKEN, lambda: self.steady)
        self.server = WebServer(reactor, self.root(), "127.0.0.1", 0, self.access.may_ask)
        self.server.start()
        self.port = int(self.server.url.rstrip("/").rpartition(":")[2])

    def root(self) -> Resource:
        """Lay out the addresses."""
        return tree(self.hotline, self.hotline.exposition(), self.access, lambda: self.hotline.now)
