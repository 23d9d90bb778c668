"""What a caller does once answered, one action after another; and how that is told to the phones' process."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ivrcore.lab.sipp_scenarios import Behaviour


@dataclass(frozen=True)
class Wait:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Listen:
    """Wait for at least `sound` seconds of sound and then `silence` seconds without: the end of a prompt."""

    sound: float = 0.3
    silence: float = 0.6
    limit: float = 20.0
    """Seconds after which the script goes on all the same."""


@dataclass(frozen=True)
class Say:
    """Say a wav; `wait=False` goes on with the script meanwhile."""

    wav: Path
    wait: bool = True


@dataclass(frozen=True)
class Keys:
    """Press keys: 0–9, *, #; by INFO, or with `rtp` as telephone events (RFC 4733)."""

    digits: str
    rtp: bool = False


@dataclass(frozen=True)
class HangUp:
    """Hang up."""


@dataclass(frozen=True)
class Stay:
    """Stay until the far side hangs up, but no longer than some seconds."""

    seconds: float = 60.0


Action = Wait | Listen | Say | Keys | HangUp | Stay
_NAMES = {Wait: "wait", Listen: "listen", Say: "say", Keys: "keys", HangUp: "hang_up", Stay: "stay"}


def encoded(action: Action) -> dict[str, Any]:
    """An action as the phones' process takes it."""
    return {"do": _NAMES[type(action)], **plain(action)}


def plain(value: Action | Behaviour) -> dict[str, Any]:
    """Its fields for JSON."""
    return {key: str(part) if isinstance(part, Path) else part for key, part in asdict(value).items()}
