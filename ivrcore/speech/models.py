"""A recogniser's models: which are on a machine, which can be fetched. Asked by `ivrcore speech`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Progress = Callable[[int, int], object]
"""Told (bytes so far, bytes in all or 0 if nobody says); what it raises ends the download."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model; ``path`` is empty for one that is not on this machine."""

    engine: str
    """The recogniser that loads it, by the name that the configuration uses."""
    name: str
    language: str
    """A BCP 47 primary tag; empty where nobody says."""
    path: str
    options: Mapping[str, str] = field(default_factory=dict)
    """The recogniser's options with which it is loaded."""
    licence: str = ""
    """As its makers state it; empty where they state none."""
    words: int = 0
    """Size of the vocabulary; 0 where it cannot be read without loading the model."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be fetched; ``size`` in bytes, of the download."""

    name: str
    language: str
    size: int


class Models(Protocol):
    """One recogniser's models. Methods block; they may raise anything."""

    @property
    def name(self) -> str:
        """The recogniser's name, as the configuration uses it."""

    def here(self) -> Sequence[Model]:
        """Find those on this machine, where the recogniser looks by itself."""

    def used(self, language: str, options: Mapping[str, str]) -> Model:
        """Tell which model a language of a site uses, here or not; raise for options that name none."""

    def offered(self, source: str) -> Sequence[Offer]:
        """Ask what can be fetched from the address ``source``, or from the recogniser's own site for ``""``.

        Nothing where its models come with its package. Raise :class:`ivrcore.errors.ModelMissing` where
        nobody answers.
        """

    def fetch(self, name: str, source: str, told: Progress) -> Model:
        """Fetch a model from there to where the recogniser looks, whole or not at all.

        One that is here is left as it is. Raise :class:`ivrcore.errors.ModelMissing` where it cannot be had.
        """
