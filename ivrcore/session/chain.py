"""The recognisers of one language, best first: which of them hears the next utterance. Reactor's thread only.

Must not know calls, audio or how an engine is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.speech.admission import Cost
from ivrcore.speech.standing import Change, Leniency, Standing

if TYPE_CHECKING:
    from ivrcore.session.attempt import Attempt
    from ivrcore.session.workers import Workers
    from ivrcore.speech.recogniser import Engine


@dataclass(slots=True, eq=False)
class Link:
    """One engine that is loaded; ``rank`` is its place in the list, from 1, and ``pool`` its threads.

    ``attempts`` are those that somebody waits for.
    """

    rank: int
    engine: Engine
    pool: Workers
    standing: Standing
    cost: Cost
    attempts: set[Attempt] = field(default_factory=set)


OnChange = Callable[[str, int, str, Change], object]
"""Told (language, rank, engine's name, change)."""


class Chain:
    """Engines come as they are loaded, in any order."""

    def __init__(self, language: str, leniency: Leniency, changed: OnChange) -> None:
        self.language = language
        self._leniency = leniency
        self._changed = changed
        self._links: list[Link] = []

    @property
    def links(self) -> tuple[Link, ...]:
        """Those that are loaded, best first."""
        return tuple(self._links)

    def add(self, rank: int, engine: Engine, pool: Workers) -> None:
        """Take an engine into service."""
        standing = Standing(self._leniency, self._told(rank, engine))
        self._put(Link(rank, engine, pool, standing, Cost(engine.cost)))

    def put_up(self, leniency: Leniency) -> None:
        """Put up with so much from now on."""
        self._leniency = leniency
        for link in self._links:
            link.standing.put_up(leniency)

    def keep(self, rank: int, link: Link) -> None:
        """Take an engine over from another chain, with its threads, its standing and its measured cost."""
        self._put(Link(rank, link.engine, link.pool, link.standing, link.cost, link.attempts))

    def take_over(self) -> None:
        """Tell from now on of engines that were kept by the places that they have here."""
        for link in self._links:
            link.standing.tell_to(self._told(link.rank, link.engine))

    def _put(self, link: Link) -> None:
        self._links.append(link)
        self._links.sort(key=lambda link: link.rank)

    def _told(self, rank: int, engine: Engine) -> Callable[[Change], object]:
        # Told of by name: what refers to the engine would keep its model when another takes its place.
        return partial(self._changed, self.language, rank, engine.name)

    def best(self, now: float, but: Collection[Link] = ()) -> Link | None:
        """Give the engine that is to hear the next utterance; ``but`` are those that tried it."""
        usable = (link for link in self._links if link not in but and link.standing.may_be_asked(now))
        return next(usable, None)

    def next(self, now: float, tried: Collection[Link] = ()) -> Link | None:
        """Give the engine that hears an utterance now, after those that ``tried`` it and failed.

        One that is to be tried is asked before those that serve, whatever its rank: else one that stands
        behind an engine that never fails would stay out for ever. If it fails, the others are left.
        """
        if not tried:
            waiting = (link for link in self._links if not link.standing.serves)
            trial = next((link for link in waiting if link.standing.may_be_asked(now)), None)
            if trial is not None:
                return trial
        return self.best(now, tried)

    def alone(self, link: Link) -> bool:
        """Tell whether no other engine serves, so that one could in this one's stead without a doubt."""
        return not any(other is not link and other.standing.serves for other in self._links)

    def full(self, now: float) -> bool:
        """Tell whether an engine is in service that only has no room for now."""
        return any(link.standing.serves and link.standing.full(now) for link in self._links)
