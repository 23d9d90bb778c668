"""What the driver has to be told. Holds the password; its `repr` does not."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from ivrcore.model.pbx import MAIN
from ivrcore.telephony.ari.abilities import AudioWay, RequestWay


@dataclass(frozen=True, slots=True, kw_only=True)
class AriConfig:
    """Where Asterisk is and how patient we are; all times in seconds."""

    url: str
    """Base of ARI without a slash at the end, such as ``http://127.0.0.1:8088/ari``."""
    user: str
    password: str = field(repr=False)
    app: str
    """Stasis application: node + slot, one process each."""
    pbx: str = MAIN
    """The name of this Asterisk among those of the server."""
    fallback_context: str = "ivrcore-fallback"
    """Asterisk's context for callers whom nobody here knows."""
    fallback_extension: str = "s"
    request_seconds: float = 5.0
    """Longest wait for an answer to a request."""
    command_seconds: float = 30.0
    """A command that could not be sent for so long (link away) fails; hanging up never does."""
    ping_seconds: float = 2.0
    """Between pings, and for the answer to one."""
    first_retry_seconds: float = 0.2
    longest_retry_seconds: float = 5.0
    refused_retry_seconds: float = 30.0
    """Between tries when the password is wrong, and between looks whether our application is free again."""
    playback_check_seconds: float = 30.0
    """How often a playback that has not ended is asked for."""
    requests: RequestWay | None = None
    """Forces how requests travel; else Asterisk's version decides."""
    audio: AudioWay | None = None
    """Forces how callers' audio travels; else what Asterisk has decides."""
    rtp_ports: range = range(24_000, 25_000)
    """UDP ports for audio by RTP: two for each stream."""
    rtp_address: str = ""
    """Where RTP is taken; empty: at our own end of the connection to Asterisk."""

    @property
    def authorization(self) -> str:
        """The HTTP header that says who we are (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    @property
    def socket_url(self) -> str:
        """Where events and requests travel."""
        return f"{self._socket_base}/ari/events?app={self.app}&subscribeAll=false"

    def media_url(self, connection: str) -> str:
        """Where a media channel's audio is."""
        return f"{self._socket_base}/media/{connection}"

    @property
    def _socket_base(self) -> str:
        return "ws" + self.url.removeprefix("http").removesuffix("/ari")
