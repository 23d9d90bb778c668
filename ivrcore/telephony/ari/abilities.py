"""What an Asterisk can do of what we need, by what it reports of itself. Pure.

An old one takes requests over HTTP alone and sends a caller's audio as RTP; a setting may force either.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

REST_SINCE = {20: (15, 0), 21: (10, 0), 22: (5, 0)}
"""First release of each branch that takes requests over the websocket; later branches all do."""

EXTERNAL_MEDIA_SINCE = (16, 6, 0)
"""First release with `channels/externalMedia`; by RTP at first."""

CAUSE_CODES_SINCE = (18, 0, 0)
"""From here on a channel can be hung up with any Q.850 cause; 16.28 knows some of them, by name."""

NEWEST = (10**6, 0, 0)
"""Stands for a version that cannot be read: mostly one built from the newest source."""


class RequestWay(StrEnum):
    """How requests travel."""

    SOCKET = "socket"
    HTTP = "http"


class AudioWay(StrEnum):
    """How a caller's audio travels."""

    WEBSOCKET = "websocket"
    RTP = "rtp"


AUDIO_MODULES = {AudioWay.WEBSOCKET: "chan_websocket", AudioWay.RTP: "chan_rtp"}
"""Asterisk's module for each way, the better one first."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """How we deal with one Asterisk; ``audio`` is None where it cannot give any."""

    requests: RequestWay = RequestWay.SOCKET
    audio: AudioWay | None = None
    cause_codes: bool = True

    def __str__(self) -> str:
        audio = f"audio by {self.audio}" if self.audio else "no audio"
        return f"requests by {self.requests}, {audio}"


def abilities(
    version: str,
    modules: Collection[str],
    *,
    requests: RequestWay | None = None,
    audio: AudioWay | None = None,
) -> Abilities:
    """Judge an Asterisk of this version that runs these modules; ``requests`` and ``audio`` force a way.

    A forced way of audio that it does not have is none.
    """
    if requests is None:
        requests = RequestWay.SOCKET if takes_requests(version) else RequestWay.HTTP
    there = [way for way, module in AUDIO_MODULES.items() if module in modules]
    if numbered(version) < EXTERNAL_MEDIA_SINCE:
        there = []
    wanted = there if audio is None else [way for way in there if way is audio]
    return Abilities(requests, next(iter(wanted), None), numbered(version) >= CAUSE_CODES_SINCE)


def takes_requests(version: str) -> bool:
    """Whether this Asterisk answers requests on the websocket."""
    major, minor, patch = numbered(version)
    return major > max(REST_SINCE) or (minor, patch) >= REST_SINCE.get(major, NEWEST[:2])


def numbered(version: str) -> tuple[int, int, int]:
    """Read a version, a certified one's too; what cannot be read is taken for a new one."""
    found = re.match(r"(?:certified[/-])?(\d+)\.(\d+)(?:\.(\d+))?", version)
    if found is None:
        return NEWEST
    major, minor, patch = (int(part or 0) for part in found.groups())
    return major, minor, patch
