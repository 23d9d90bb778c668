"""``say`` and ``play``: something is heard, then the next step runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.graph import question_ahead
from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.step import Refers, Step
from ivrcore.dialplan.texts import Wording

if TYPE_CHECKING:
    from ivrcore.dialplan.reading import Reading
    from ivrcore.dialplan.walk import Place, Walk

BARGE_IN = Key(
    "barge_in", "yes or no", "as `defaults`", "whether a key for a menu ahead cuts it short", Kind.BOOLEAN
)


@dataclass(frozen=True)
class Say(Step):
    """Speak a text. With ``barge_in`` a key that a question ahead can use cuts it short, or skips it."""

    verb: ClassVar[str] = "say"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key("say", "text or prompt", "needed", "speak a text", Kind.WORDING), BARGE_IN
    )
    says: ClassVar[bool] = True
    wording: Wording
    barge_in: bool = True

    @property
    def barges(self) -> bool:  # type: ignore[override]
        """Whether a key cuts it short."""
        return self.barge_in

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """Read the text."""
        wording = reading.wording()
        if reading.alone:
            return cls(reading.location, wording, reading.parts.barge_in)
        return cls(reading.location, wording, reading.fields.boolean("barge_in", reading.parts.barge_in))

    def plays(self, walk: Walk, place: Place) -> bool:
        """Not for who typed ahead already."""
        if not (walk.typed and self.barge_in):
            return True
        ahead = question_ahead(walk.plan, place.block, place.index + 1)
        return ahead is None or not ahead.type_ahead

    def run(self, walk: Walk) -> Place | None:
        """Play it."""
        if not walk.state.prompt:
            return walk.next
        walk.play(walk.worded(self.wording), f"{walk.state.block}/{walk.state.index}")
        return None

    def refers(self) -> Refers:
        """Tell what is said."""
        return Refers(wordings=(self.wording,))


@dataclass(frozen=True)
class Play(Say):
    """Play recorded files; otherwise as `Say`."""

    verb: ClassVar[str] = "play"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "play",
            "file or list of files",
            "needed",
            "play recorded files, named without their ending",
            Kind.TEXTS,
        ),
        BARGE_IN,
    )

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """Read the files' names."""
        recorded = tuple(reading.parts.wordings.recorded(reading.fields))
        if not recorded:
            reading.nothing_to_play()
        return cls(reading.location, recorded, reading.fields.boolean("barge_in", reading.parts.barge_in))
