"""Utterances of failed turns, as sessions give them to be kept."""

from __future__ import annotations

from typing import Any

from ivrcore.kept.model import FailedTurn
from ivrcore.model.kept_names import KeptFor
from ivrcore.model.names import Verdict

AUDIO = (b"\x01\x02" * 8000, b"\x03\x04" * 8000)
"""A second, in two pieces."""


def failed(contact: str = "c1", at: float = 1_800_000_000.0, **values: Any) -> FailedTurn:
    usual: dict[str, Any] = {
        "contact": contact,
        "subject": f"s-{contact}",
        "plan": "bank",
        "plan_version": "v1",
        "menu": "main",
        "language": "en",
        "engine": "vosk",
        "at": at,
        "outcome": KeptFor.NO_MATCH,
        "verdict": Verdict.REJECT,
        "choice": "",
        "confidence": 0.4,
        "audio": AUDIO,
    }
    return FailedTurn(**{**usual, **values})
