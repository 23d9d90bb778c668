"""How `pocketsphinx` decodes an utterance: in small pieces, so that the server goes on between them.

It holds the interpreter while it works: whatever one call of it takes, no other thread runs. All of an
utterance at once took 60 to 500 ms, and the readings of a network's lattice up to a second more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from pocketsphinx import Decoder, get_model_path

DICTIONARY = "en-us/cmudict-en-us.dict"
START, END = 0, 1
Transition = tuple[int, int, float, str] | tuple[int, int, float]
"""From a state to a state, how likely, by which word; without one by none."""

MOST_HYPOTHESES = 4
_PIECE = 1600
"""Bytes of audio that are decoded in one go: 50 ms, which take 2 to 6 ms."""
_MEAN_HOLDS = 40
"""Pieces for which a mean holds: after 300 frames of 10 ms the decoder begins to move it."""
MOST_LOOKED_AT = 80
"""Words of phrases up to which the lattice is looked at: one piece of work that takes more than twice as long
for twice as many: up to 20 ms for 80 words, 0.2 to 0.4 s for 200."""
_MOST_KEPT = 8
"""Ways that are ready to be listened for: to build those of a date takes 25 ms."""


@dataclass(frozen=True, slots=True)
class Ways:
    """All that may be said, from state 0 to state 1; ``network``: not by phrases alone."""

    transitions: tuple[Transition, ...]
    network: bool

    @property
    def twice(self) -> bool:
        """Whether there is a second pass, over the lattice.

        It gives the readings beside the best, and hears more of what is no phrase as silence; but of a
        network it takes silence for a whole way through.
        """
        return not self.network and len(self.transitions) <= MOST_LOOKED_AT


class Decoding:
    """One utterance at a time."""

    def __init__(self) -> None:
        self._decoder = Decoder(
            hmm=get_model_path("en-us/en-us"),
            dict=get_model_path(DICTIONARY),
            lm=None,
            dither=True,
            loglevel="FATAL",
        )
        self._mean = _Mean()
        self._kept: dict[Ways, str] = {}
        self._made = 0

    def knows(self, word: str) -> bool:
        """Whether the pronouncing dictionary has a word."""
        return self._decoder.lookup_word(word) is not None

    def best(self, ways: Ways, pcm: bytes) -> Sequence[tuple[str, float]]:
        """Give phrases with their scores, best first; a phrase may come by several paths through the words.

        Without a second pass only the best: to build the lattice is what takes so long.
        """
        self._decoder.activate_search(self._search(ways))
        self._hear(pcm)
        best = self._decoder.hyp()
        if not best or not best.hypstr:
            return ()
        found = {best.hypstr: best.score}
        # Of a lattice with one path, nbest() gives None (pocketsphinx 5.1).
        for other in islice(self._decoder.nbest(), 3 * MOST_HYPOTHESES) if ways.twice else ():
            if other is not None and other.hypstr:
                found.setdefault(other.hypstr, min(other.score, best.score))
        return list(found.items())[:MOST_HYPOTHESES]

    def _hear(self, pcm: bytes) -> None:
        """Have it search all of this, with the mean of all of this from the first frame on."""
        mean = self._mean.of(pcm)
        self._decoder.start_utt()
        for number, at in enumerate(range(0, len(pcm), _PIECE)):
            if number % _MEAN_HOLDS == 0:
                self._decoder.set_cmn(mean)
            self._decoder.process_raw(pcm[at : at + _PIECE], no_search=False, full_utt=False)
        self._decoder.end_utt()

    def _search(self, ways: Ways) -> str:
        """Give the name of the search for these ways, made if it is not among the last used ones."""
        name = self._kept.pop(ways, "")
        if not name:
            self._made += 1
            name = f"ways {self._made}"
            self._decoder.config["bestpath"] = ways.twice
            self._decoder.add_fsg(name, self._decoder.create_fsg(name, START, END, ways.transitions))
        self._kept[ways] = name
        if len(self._kept) > _MOST_KEPT:
            self._decoder.remove_search(self._kept.pop(next(iter(self._kept))))
        return name


class _Mean:
    """What an utterance's features are on average: the model expects them without it.

    The decoder takes it itself of an utterance that it gets whole, and else a mean of the utterances before:
    of other callers' lines.
    """

    def __init__(self) -> None:
        self._decoder = Decoder(
            hmm=get_model_path("en-us/en-us"),
            dict=None,
            lm=None,
            dither=True,
            loglevel="FATAL",
            ds=1000,  # it searches too, as it must, but looks at few frames
            topn=1,
        )
        self._decoder.add_word("a", "AH", True)
        self._decoder.add_fsg("any", self._decoder.create_fsg("any", START, END, ((START, END, 1.0, "a"),)))
        self._decoder.activate_search("any")

    def of(self, pcm: bytes) -> str:
        """Give it as `Decoder.set_cmn` takes it; takes 3 ms for a second of audio."""
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, no_search=True, full_utt=True)
        mean = str(self._decoder.get_cmn(False))
        self._decoder.end_utt()
        return mean
