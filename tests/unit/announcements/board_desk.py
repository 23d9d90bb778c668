"""A live board over a journal in memory, under a clock of its own, with a voice that takes its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock as Steady

from ivrcore.announcements.board import Board
from ivrcore.announcements.drafts import Draft, Surroundings
from ivrcore.announcements.live import Change, LiveBoard
from ivrcore.dialplan.commands import Prompt
from ivrcore.errors import IvrError, ModelMissing
from ivrcore.journal.memory import MemoryJournal
from ivrcore.session.clock import UtcClock

START = 1_800_000_000.0
NUMBERS: Mapping[str, tuple[str, ...]] = {"5000": ("en", "ko"), "5001": ("en",)}


def guard(number: str) -> str | None:
    """Only Seoul may be called."""
    return None if number.startswith("+822") else f"{number} is outside of what may be called"


AROUND = Surroundings(NUMBERS, lambda name: name in ("fraud", "ko/fraud"), guard, ["5001"])


class Voice:
    """Speaks after `slow` seconds, never if that is None; `missing` languages fail."""

    def __init__(self, steady: Steady) -> None:
        self.steady = steady
        self.slow: float | None = 0.0
        self.missing: set[str] = set()
        self.spoken: list[str] = []

    def prepare(self, prompts: Iterable[Prompt]) -> Deferred[tuple[IvrError, ...]]:
        parts = [part for prompt in prompts for part in prompt]
        done: Deferred[tuple[IvrError, ...]] = Deferred()
        unspoken = self.missing & {part.language for part in parts}
        gone = tuple(ModelMissing(f"no voice speaks {language}") for language in unspoken)

        def speak() -> None:
            self.spoken += [part.text for part in parts]
            done.callback(gone)

        if self.slow is not None:
            self.steady.callLater(self.slow, speak)
        return done


class Desk:
    """The board, its clock, and the hands that change it."""

    def __init__(self, board: Board | None = None) -> None:
        self.steady = Steady()
        self.clock = UtcClock(self.steady, lambda: START + self.steady.seconds())
        self.voice = Voice(self.steady)
        self.journal = MemoryJournal()
        self.live = LiveBoard(board or Board(), self.journal, self.clock, self.voice, lambda: self.around)
        self.told = 0
        self.around = AROUND
        self.live.on_change = self._tell

    def _tell(self) -> None:
        self.told += 1

    @property
    def board(self) -> Board:
        return self.live.board

    def post(
        self, name: str = "fraud", text: str = "Careful.", author: str = "kim", **more: object
    ) -> Change:
        """Post and wait until it is done."""
        return self.done(self.live.post(draft(name, text, **more), author))

    def done(self, later: Deferred[Change]) -> Change:
        """Wait for a change; raise what it failed with."""
        found: list[Change] = []
        failed: list[BaseException] = []
        later.addCallbacks(found.append, lambda failure: failed.append(failure.value))
        for _ in range(100):
            if found or failed:
                break
            self.steady.advance(0.1)
        if failed:
            raise failed[0]
        return found[0]

    def heard(self, number: str = "5000") -> list[str]:
        """The names that callers of a number are to hear now."""
        return [one.name for one in self.board.announcements(number, self.clock.now())]


def draft(name: str = "fraud", text: str = "Careful.", **more: object) -> Draft:
    """An announcement in both languages."""
    make: Callable[..., Draft] = Draft
    return make(**{"name": name, "texts": {"en": text, "ko": text}, **more})
