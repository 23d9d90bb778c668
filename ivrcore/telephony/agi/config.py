"""What the FastAGI driver has to be told. Holds the secret; its `repr` does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.model.pbx import MAIN

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiConfig:
    """Where Asterisk finds us, whom we believe, and how much of it we take; all times in seconds."""

    secret: str = field(repr=False)
    """First part of the path that Asterisk asks for: ``agi://host:4573/SECRET/hotline?entry=welcome``.

    In the path, since a query is what people copy into tickets. Empty: none is asked for.
    """
    host: str = "127.0.0.1"
    """IP address to listen at."""
    port: int = 4573
    """0: any that is free."""
    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """IP addresses and networks whose connections are taken."""
    certificate: Path | None = None
    """PEM file with our certificate and its chain. With it we speak TLS, and nothing else."""
    key: Path | None = None
    """PEM file with the certificate's key; None: it is in the certificate's file."""
    sessions: int = 2000
    """Connections at a time; a further one is closed, and its call goes on in Asterisk's dialplan."""
    request_seconds: float = 5.0
    """Longest wait for the environment, and for the answer to a command that is done at once."""
    play_seconds: float = 3600.0
    """Longest prompt."""
    longest_talk: float = 14_400.0
    """Longest conversation with a phone that was dialled: Asterisk ends the call then."""
    longest_line: int = 16384
    """Bytes of one line from Asterisk."""
    longest_environment: int = 200
    """Lines of the environment that a session begins with."""
    answered_context: str = "ivrcore-answered"
    """Asterisk's context that a dialled phone runs through before it is joined (see the driver's page)."""
    pbxs: Collection[str] = (MAIN,)
    """The PBXs whose calls there may be."""
    speech_engine: str = ""
    """Section of Asterisk's aeap.conf that connects to our AEAP server; empty: callers are not heard."""
