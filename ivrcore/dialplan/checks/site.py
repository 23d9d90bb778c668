"""What a dialplan is checked against: the site's queues, recordings, recognisers, telephony, as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ivrcore.dialplan.parse import CORE_VERBS, Verbs
from ivrcore.speech.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Numbers whose calls come by another driver, FastAGI, which can do less.

    ``ring_several`` are the queues that ring several phones at once, which it cannot, and their strategies.
    """

    numbers: Collection[str]
    capabilities: Collection[str]
    ring_several: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration has; None means not known, so not checked.

    ``recordings`` are the paths of recorded files, without ending. ``capabilities`` are the words of
    `ivrcore.telephony.leg.Capability` that the driver in use has. ``lexicons`` are what the recognisers of a
    language know; ``pronouncing`` are others that know how words of it sound.
    """

    queues: Collection[str] | None = None
    skills: Collection[str] | None = None
    recordings: Collection[str] | None = None
    lookups: Collection[str] | None = None
    mailboxes: Collection[str] | None = None
    verbs: Verbs = field(default_factory=lambda: CORE_VERBS)
    capabilities: Collection[str] | None = None
    lexicons: Mapping[str, Sequence[Lexicon]] = field(default_factory=dict)
    pronouncing: Mapping[str, Sequence[Lexicon]] = field(default_factory=dict)
    today: date | None = None
    wordless: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Queue -> languages that the site speaks, but the queue's texts for who waits are not in."""
    reads: Collection[str] = ()
    """Variables that the site itself looks at."""
    handed_over: HandedOver | None = None


ANY_SITE = Site()
"""Checks nothing against the site."""
