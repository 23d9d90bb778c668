"""``menu``, ``goto``, ``do``, ``return``, ``hang_up``, ``answer``: where the call goes, and its two ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.model import HangUpCause
from ivrcore.dialplan.step import Name, Refers, Step

if TYPE_CHECKING:
    from ivrcore.dialplan.reading import Reading
    from ivrcore.dialplan.walk import Place, Walk


@dataclass(frozen=True)
class _Going(Step):
    """What goes to a place that is named."""

    target: Name

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the name."""
        name = reading.name()
        return cls(reading.location, name) if name else None

    def run(self, walk: Walk) -> Place | None:
        """Go there."""
        return walk.to(self.target.text)


@dataclass(frozen=True)
class EnterMenu(_Going):
    """Go to a menu."""

    verb: ClassVar[str] = "menu"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("menu", "menu", "needed", "ask the caller; the last step of its list", Kind.MENU)
    )
    last: ClassVar[bool] = True
    asks: ClassVar[bool] = True

    def refers(self) -> Refers:
        """Tell the menu."""
        return Refers(targets=(self.target,), menus_only=True, through=False)


@dataclass(frozen=True)
class Goto(_Going):
    """Go on in another block or menu."""

    verb: ClassVar[str] = "goto"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("goto", "block or menu", "needed", "go on there; the last step of its list", Kind.TARGET)
    )
    last: ClassVar[bool] = True

    def refers(self) -> Refers:
        """Tell the target."""
        return Refers(targets=(self.target,), through=False)


@dataclass(frozen=True)
class Do(_Going):
    """Go to a block or menu, and come back at its end or at `return`. The fold keeps the place."""

    verb: ClassVar[str] = "do"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("do", "block or menu", "needed", "go there, and come back at its end or at `return`", Kind.TARGET)
    )

    def refers(self) -> Refers:
        """Tell the target."""
        return Refers(visits=(self.target,))


@dataclass(frozen=True)
class Return(Step):
    """Come back to after the `do` that was left last; without one the call is ended normally."""

    verb: ClassVar[str] = "return"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("return", "nothing", "", "come back to after the `do`; the last step of its list", Kind.NOTHING)
    )
    last: ClassVar[bool] = True
    returns: ClassVar[bool] = True

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """There is nothing to read."""
        reading.nothing()
        return cls(reading.location)

    def run(self, walk: Walk) -> Place | None:
        """Come back."""
        return walk.come_back()

    def refers(self) -> Refers:
        """Tell that the next step never runs."""
        return Refers(through=False)


@dataclass(frozen=True)
class HangUp(Step):
    """End the call."""

    verb: ClassVar[str] = "hang_up"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "hang_up",
            ", ".join(f"`{cause}`" for cause in HangUpCause),
            "`normal`",
            "end the call; the last step of its list",
            Kind.ONE_OF,
            tuple(HangUpCause),
        )
    )
    last: ClassVar[bool] = True
    serves: ClassVar[bool] = True
    cause: HangUpCause = HangUpCause.NORMAL

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """Read the cause."""
        return cls(reading.location, reading.fields.one_of("hang_up", HangUpCause.NORMAL))

    def run(self, walk: Walk) -> Place | None:
        """End it."""
        walk.hang_up(self.cause.code)
        return None

    def refers(self) -> Refers:
        """Tell that the next step never runs."""
        return Refers(through=False)


@dataclass(frozen=True)
class Answer(Step):
    """Pick up, if the call is not answered yet."""

    verb: ClassVar[str] = "answer"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("answer", "nothing", "", "pick up, where the number says `early_media`", Kind.NOTHING)
    )

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """There is nothing to read."""
        reading.nothing()
        return cls(reading.location)

    def run(self, walk: Walk) -> Place | None:
        """Ask for it, and wait until it is done."""
        if walk.state.answered:
            return walk.next
        walk.answer()
        return None
