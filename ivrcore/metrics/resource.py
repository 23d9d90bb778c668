# mypy: untyped-calls-exclude=twisted
"""``/metrics`` for Twisted's web server, answered on the reactor's thread.

prometheus-client's own Twisted resource answers in the thread pool, where the live state may change while it
is read.
"""

from __future__ import annotations

from twisted.web.resource import Resource
from twisted.web.server import Request

from ivrcore.metrics.collector import Exposition


class MetricsResource(Resource):
    """Renders the exposition at each GET."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def __init__(self, exposition: Exposition) -> None:
        Resource.__init__(self)
        self._exposition = exposition

    def render_GET(self, request: Request) -> bytes:  # noqa: N802 - Twisted's name
        """Answer in the format that the scraper accepts."""
        accept = request.getHeader("accept") or ""
        body, content_type = self._exposition.render(accept)
        request.setHeader("content-type", content_type)
        return body
