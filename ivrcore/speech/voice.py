"""What a voice plugin provides: text in, audio out."""

from __future__ import annotations

from typing import Protocol


class Voice(Protocol):
    """Speaks texts. Called on worker threads; may raise anything."""

    @property
    def name(self) -> str:
        """The plugin's name, part of the cache's key."""

    @property
    def languages(self) -> frozenset[str]:
        """BCP 47 primary tags it can speak."""

    def speak(self, text: str, language: str) -> tuple[int, bytes]:
        """Give (samples per second, signed 16 bit little endian mono audio)."""
