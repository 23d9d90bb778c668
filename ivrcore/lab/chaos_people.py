"""Who a contact is, by the number that the caller showed: a personal value, sealed in the journal."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ivrcore.config.load import load_config
from ivrcore.journal.subjects import Subjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.journal.store import Write
    from ivrcore.lab.hotline import HotlineLab


class People:
    """The callers of a hotline, as its own key tells."""

    def __init__(self, lab: HotlineLab) -> None:
        self._lab = lab

    def of(self, subject: str) -> str:
        """Give the number that a caller showed; "" if it is not known."""
        return (self._subjects.get(subject) or {}).get("caller_number", "")

    @cached_property
    def _subjects(self) -> Subjects:
        return Subjects(self._lab.journal, _write_nothing, load_config(self._lab.site).journal.key)


def _write_nothing(write: Write, done: Callable[[], None], *, urgent: bool) -> None:
    raise AssertionError((write, done, urgent))
