"""Recogniser `vosk_server`: Vosk on other machines, by the websocket protocol of alphacep/vosk-server.

All of it is in `ivrcore_plugins.vosk_server`, which is imported when a site uses it: who checks a dialplan
need not wait for what talks to servers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivrcore.api import Engine, RecogniserOptions, hookimpl


@hookimpl
def ivrcore_recogniser(name: str, language: str, options: Mapping[str, str]) -> Engine | None:
    """Get ready to ask the servers; those that do not answer now may come later."""
    if name != "vosk_server":
        return None
    from ivrcore_plugins.vosk_server import engine_of

    return engine_of(language, options)


@hookimpl
def ivrcore_recogniser_options() -> Sequence[RecogniserOptions]:
    """Check them."""
    from ivrcore_plugins.vosk_server_options import ServerOptions

    return [ServerOptions()]
