"""What a recogniser's options in the configuration may be: asked by ``ivrcore check``. Pure.

An option whose name ends with ``_file`` or ``_path`` is a path; a relative one is given to the plugin as
beside the other files of the site's folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class OptionFault:
    """What is wrong with the option called ``option``; empty for what concerns none that is written.

    ``here``: it may be right elsewhere, as a file that is not on this machine.
    """

    message: str
    option: str = ""
    hint: str = ""
    here: bool = False


class RecogniserOptions(Protocol):
    """The options of one recogniser."""

    @property
    def name(self) -> str:
        """The recogniser's name, as the configuration uses it."""

    def faults(self, language: str, options: Mapping[str, str]) -> Sequence[OptionFault]:
        """Say what is wrong with them. Cheap: load no model, ask nobody; no secret in a message."""


@runtime_checkable
class WaitsItself(Protocol):
    """The options of a recogniser that asks others, and limits itself how long it waits for them."""

    def waits(self, options: Mapping[str, str]) -> tuple[str, float]:
        """Give the option that says how long, and its seconds from the end of speech; raise `ConfigError`."""
