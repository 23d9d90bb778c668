"""What a verb is: one class, in one small file, that reads a step, runs it, and says what it refers to.

Built-in verbs and those of plugins are the same kind of thing. A step is a frozen value: everything that
changes in a call is in the call's state, and changes by events only. Must not know of any verb.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec

from ivrcore.location import Location

if TYPE_CHECKING:
    from ivrcore.dialplan.commands import QueueOver, ServiceTold
    from ivrcore.dialplan.keys import Key
    from ivrcore.dialplan.reading import Reading
    from ivrcore.dialplan.texts import Wording
    from ivrcore.dialplan.walk import Place, Walk
    from ivrcore.expressions.syntax import Expression
    from ivrcore.expressions.text import Template


class Name(msgspec.Struct, frozen=True, gc=False):
    """A reference to something by its name, and where it was written."""

    text: str
    location: Location


class Refers(msgspec.Struct, frozen=True):
    """What a step refers to: all that check, picture and preparation need to know of it.

    ``targets`` are blocks or menus that it goes to for good, ``visits`` those that it comes back from,
    ``nested`` the addresses of its own lists of steps; ``through`` tells whether the next step may run.
    ``site`` names things of the configuration, by kind: queue, skill, lookup, mailbox. ``open`` are those of
    ``reads`` that are in events, so that a secret is left out of them; ``hides`` those of ``sets`` that
    become a secret: always (None), or if this value is made from one. ``language`` is what the call is in
    after it.
    """

    targets: tuple[Name, ...] = ()
    menus_only: bool = False
    visits: tuple[Name, ...] = ()
    nested: tuple[str, ...] = ()
    through: bool = True
    wordings: tuple[Wording, ...] = ()
    reads: tuple[Expression | Template, ...] = ()
    sets: tuple[Name, ...] = ()
    site: tuple[tuple[str, Name], ...] = ()
    open: tuple[Expression | Template, ...] = ()
    hides: tuple[tuple[str, Expression | Template | None], ...] = ()
    language: str = ""


@dataclass(frozen=True)
class Step:
    """One thing that a dialplan does; the base of every verb. ``location`` is the verb's."""

    verb: ClassVar[str] = ""
    keys: ClassVar[Mapping[str, Key]] = {}
    """The verb's own key first, then its options: what parsing takes, the reference and the schema."""
    last: ClassVar[bool] = False
    """Whether the steps after it can never run."""
    says: ClassVar[bool] = False
    """Whether it only plays something."""
    unheard: ClassVar[bool] = False
    """Whether the next step runs at once, and the caller notices nothing."""
    asks: ClassVar[bool] = False
    """Whether it takes keys, so that they may be typed ahead."""
    serves: ClassVar[bool] = False
    """Whether a call ends here, or reaches a person."""
    returns: ClassVar[bool] = False
    """Whether it comes back from where `do` went."""
    connects: ClassVar[bool] = False
    """Whether it brings the caller to people now or later: an emergency is met before it."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Capabilities of `ivrcore.telephony.leg.Capability` that a driver must have for it."""

    location: Location

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Make a step of what was written; None, reported, if it cannot be one."""
        raise NotImplementedError

    barges: ClassVar[bool] = False
    """Whether a key for a question ahead cuts its prompt short; an instance may say otherwise."""

    def plays(self, walk: Walk, place: Place) -> bool:
        """Whether `run` will play a prompt of the step, at that place, at once (`Walk.play`)."""
        return False

    def run(self, walk: Walk) -> Place | None:
        """Do it; give where the call goes on at once (`Walk.next`, `Walk.to`), or None if it waits."""
        raise NotImplementedError

    def heard_out(self, walk: Walk) -> Place | None:
        """Go on after the step's own prompt."""
        return walk.next

    def told(self, walk: Walk, told: ServiceTold) -> Place | None:
        """Go on with what a service answered (`Walk.ask`), or with its time being up."""
        return walk.next

    def came_back(self, walk: Walk, over: QueueOver) -> Place | None:
        """Go on after the queue that the step led to."""
        return walk.next

    def collected(self, walk: Walk, digits: str) -> Place | None:
        """Go on with the digits that the step's question got."""
        return walk.next

    def refers(self) -> Refers:
        """Tell what it refers to."""
        return Refers()
