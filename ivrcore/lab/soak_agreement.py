"""Whether those who were asked after a long run tell the same, to the last contact. Figures in, text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivrcore.lab.bench_figures import Table
from ivrcore.lab.soak_tally import Counts, Key

JOURNAL = "journal"


@dataclass(frozen=True)
class Witness:
    """What one tells. ``unsure`` is by how much each of its counts may differ, where it cannot be sure."""

    counts: Counts
    unsure: Counts = field(default_factory=Counter)
    whole: bool = True
    """Whether what it does not name is 0 to it, for everything that it counts at all; else it cannot know."""

    def knows(self, key: Key) -> bool:
        """Whether it tells anything of that."""
        if key in self.counts:
            return True
        return self.whole and any(what == key[0] for what, _ in self.counts)


def differences(told: Mapping[str, Witness]) -> list[str]:
    """Say what is not the same as in the journal; nothing if everything is."""
    journal = told[JOURNAL].counts
    wrong = []
    for key in sorted({key for witness in told.values() for key in witness.counts}):
        said = {
            name: witness.counts[key]
            for name, witness in told.items()
            if witness.knows(key) and abs(witness.counts[key] - journal[key]) > witness.unsure[key]
        }
        if said:
            words = ", ".join(f"{name} {count}" for name, count in said.items())
            wrong.append(f"{' of '.join(part for part in key if part)}: journal {journal[key]}, {words}")
    return wrong + unbalanced(journal)


def unbalanced(journal: Counts) -> list[str]:
    """Say where what began did not end: at rest, every visit and contact has."""
    wrong = []
    if journal["offered", ""] != journal["closed", ""]:
        wrong.append(f"{journal['offered', '']} contacts came and {journal['closed', '']} ended")
    for queue in sorted(of for what, of in journal if what == "entered"):
        ends = sum(journal[what, queue] for what in ("answered", "abandoned", "left"))
        if journal["entered", queue] != ends:
            wrong.append(f"{queue}: {journal['entered', queue]} visits began and {ends} ended")
    return wrong


SUMMED = {
    "offered": "contacts that came",
    "self_served": "– served by the dialplan alone",
    "left_in_menu": "– left in a menu",
    "refused": "– busy",
    "queued": "– came to a queue",
    "failed": "– failed",
    "entered": "visits of queues",
    "answered": "– answered",
    "answered_in_threshold": "– of these within the threshold",
    "abandoned": "– abandoned",
    "left": "– left otherwise",
    "offers": "offers to agents",
    "rung": "– agents' phones that rang",
    "offers_accepted": "– taken",
    "refused_join": "not let into a queue",
    "asked": "asked to be called back",
    "called_back": "– times that customers' phones rang for it",
    "choices_by_key": "choices by key",
    "choices_by_speech": "choices by voice",
}


def summed(told: Mapping[str, Witness], title: str) -> Table:
    """Give the sums over all queues, agents and menus of everyone who knows all of them."""
    rows = []
    for what, words in SUMMED.items():
        of = {key for key in told[JOURNAL].counts if key[0] == what}
        cells = [
            str(sum(witness.counts[key] for key in of)) if of and all(map(witness.knows, of)) else ""
            for witness in told.values()
        ]
        rows.append([words, *cells])
    return Table(title, ("", *told), rows)


def by_queue(told: Mapping[str, Witness], title: str) -> Table:
    """Give what everyone tells of each queue."""
    rows = []
    for queue in sorted({of for what, of in told[JOURNAL].counts if what == "entered"}):
        for what in ("entered", "answered", "answered_in_threshold", "abandoned", "left"):
            key = (what, queue)
            cells = []
            for witness in told.values():
                doubt = f" ±{witness.unsure[key]}" if witness.unsure[key] else ""
                cells.append(f"{witness.counts[key]}{doubt}" if witness.knows(key) else "")
            rows.append([f"{queue} {what}", *cells])
    return Table(title, ("", *told), rows)
