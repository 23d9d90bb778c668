"""Whether the witnesses of the same calls agree: both sides' phones, Asterisk, the journal, the metrics."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivrcore.lab.hotline import HotlineLab, Samples
from ivrcore.lab.phones import Result
from ivrcore.model import events
from ivrcore.model.canary_names import CanaryStage
from ivrcore.model.event import Event


@dataclass(frozen=True)
class Accounts:
    """The same counts by each witness; a count that one cannot know is left out."""

    callers: dict[str, int]
    agents: dict[str, int]
    asterisk: dict[str, int]
    journal: dict[str, int]
    metrics: dict[str, int]

    def table(self) -> str:
        """Give the counts side by side."""
        columns = {
            "journal": self.journal,
            "metrics": self.metrics,
            "callers' phones": self.callers,
            "agents' phones": self.agents,
            "Asterisk": self.asterisk,
        }
        head = f"{'':24}" + "".join(f"{name:>17}" for name in columns)
        rows = [head, "-" * len(head)]
        for row, label in ROWS.items():
            cells = "".join(f"{column.get(row, ''):>17}" for column in columns.values())
            rows.append(f"{label:24}{cells}")
        return "\n".join(rows)

    def mismatches(self) -> list[str]:
        """Say what does not add up; nothing if everything does."""
        wrong = [
            f"{ROWS[row].strip()}: {sorted(said.items())}"
            for row in ROWS
            if len(set((said := self._said(row)).values())) > 1
        ]
        j = self.journal
        if j["offered"] != j["self_served"] + j["left_in_menu"] + j["queued"] + j["refused"] + j["failed"]:
            wrong.append("offered is not self-served + left in a menu + queued + refused")
        if j["queued"] != j["answered"] + j["abandoned"] + j["left"]:
            wrong.append("queued is not answered + abandoned + left otherwise")
        wrong += [f"{ROWS[row]} in Asterisk: {self.asterisk[row]}" for row in LEFT if self.asterisk[row]]
        if j["failed"]:
            wrong.append(f"{j['failed']} calls failed")
        return wrong

    def _said(self, row: str) -> dict[str, int]:
        witnesses = {
            "journal": self.journal,
            "metrics": self.metrics,
            "callers": self.callers,
            "agents": self.agents,
            "Asterisk": self.asterisk,
        }
        return {name: counts[row] for name, counts in witnesses.items() if row in counts}


ROWS = {
    "offered": "offered",
    "refused": "  refused (busy)",
    "self_served": "  self-served",
    "left_in_menu": "  left in a menu",
    "failed": "  failed",
    "queued": "  queued",
    "answered": "    answered",
    "abandoned": "    abandoned",
    "left": "    left otherwise",
    "offers": "agents' phones rang",
    "picked_up": "agents' phones answered",
    "taken": "callers answered",
    "channels": "channels left",
    "bridges": "bridges left",
}
LEFT = ("channels", "bridges")
OUTCOMES = ("refused", "self_served", "left_in_menu", "failed")


def draw_up(lab: HotlineLab, results: Sequence[Result]) -> Accounts:
    """Ask every witness."""
    happened = [record.event for record in lab.records()]
    phones = lab.phones.agents.values()
    return Accounts(
        callers={
            "offered": len(results),
            "refused": sum(result.status == 486 for result in results),
            "taken": sum(result.status == 200 for result in results),
        },
        agents={
            "offers": sum(phone.invited for phone in phones),
            "picked_up": sum(phone.answered for phone in phones),
        },
        asterisk={
            "offered": calls_processed(lab.pbx.rx("core show calls")) - own_calls(happened),
            "channels": len(lab.pbx.channels()),
            "bridges": len(lab.pbx.bridges()),
        },
        journal=by_journal(happened),
        metrics=by_metrics(lab.metrics()),
    )


def calls_processed(shown: str) -> int:
    """Read how many calls Asterisk's dialplan has taken since it started (agents' legs have no dialplan)."""
    found = re.search(r"(\d+) calls? processed", shown)
    return int(found.group(1)) if found else -1


def own_calls(happened: Iterable[Event]) -> int:
    """Count the canary's calls that Asterisk's dialplan took."""
    return sum(isinstance(one, events.CanaryCalled) and CanaryStage.ARRIVED in one.took for one in happened)


def by_journal(happened: Iterable[Event]) -> dict[str, int]:
    """Count what the journal holds."""
    seen = list(happened)
    kinds = Counter(type(event) for event in seen)
    outcomes = Counter(str(one.outcome) for one in seen if isinstance(one, events.ContactClosed))
    dialled = {one.leg for one in seen if isinstance(one, events.LegDialled)}
    up = [one.leg for one in seen if isinstance(one, events.LegAnswered)]
    return {
        "offered": kinds[events.ContactArrived],
        **{outcome: outcomes[outcome] for outcome in OUTCOMES},
        "queued": outcomes["queued"],
        "visits": kinds[events.ContactQueued],
        "answered": kinds[events.VisitAnswered],
        "abandoned": kinds[events.VisitAbandoned],
        "left": kinds[events.VisitLeft],
        "offers": kinds[events.OfferMade],
        "picked_up": sum(leg in dialled for leg in up),
        "taken": sum(leg not in dialled for leg in up),
    }


def by_metrics(scraped: Samples) -> dict[str, int]:
    """Count what Prometheus would read."""

    def total(name: str, **labels: str) -> int:
        wanted = set(labels.items())
        found = (value for (one, given), value in scraped.items() if one == name and wanted <= set(given))
        return int(sum(found))

    return {
        "offered": total("ivrcore_contacts_offered_total"),
        **{one: total("ivrcore_contacts_closed_total", outcome=one) for one in (*OUTCOMES, "queued")},
        "answered": total("ivrcore_queue_contacts_answered_total"),
        "abandoned": total("ivrcore_queue_contacts_abandoned_total"),
        "left": total("ivrcore_queue_contacts_left_total"),
        "offers": total("ivrcore_queue_offers_made_total"),
    }
