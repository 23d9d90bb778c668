"""Who is asked after a long run what happened: Prometheus, `ivrcore report`, a wallboard, the phones."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.packages import LabError
from ivrcore.lab.soak_callers import BUSY, CLOSE, Callers
from ivrcore.lab.soak_site import STAFF
from ivrcore.lab.soak_tally import Counts
from ivrcore.model import events
from ivrcore.model.event import Event

REPORT_SECONDS = 120.0
SILENT = 10.0
"""Seconds without a message of the wallboard's stream; one comes every two seconds at least."""

QUEUE = "ivrcore_queue_"
COUNTED = {
    "offered": ("sum(ivrcore_contacts_offered_total)", ""),
    "closed": ("sum(ivrcore_contacts_closed_total)", ""),
    "entered": (f"sum by (queue) ({QUEUE}contacts_entered_total)", "queue"),
    "answered": (f"sum by (queue) ({QUEUE}contacts_answered_total)", "queue"),
    "answered_in_threshold": (f"sum by (queue) ({QUEUE}contacts_answered_in_threshold_total)", "queue"),
    "abandoned": (f"sum by (queue) ({QUEUE}contacts_abandoned_total)", "queue"),
    "abandoned_short": (f"sum by (queue) ({QUEUE}contacts_abandoned_short_total)", "queue"),
    "left": (f"sum by (queue) ({QUEUE}contacts_left_total)", "queue"),
    "refused_join": (f"sum by (queue) ({QUEUE}joins_refused_total)", "queue"),
    "offers": (f"sum by (queue) ({QUEUE}offers_made_total)", "queue"),
    "offers_accepted": (f"sum by (queue) ({QUEUE}offers_accepted_total)", "queue"),
    "asked": ("sum by (queue) (ivrcore_call_backs_asked_total)", "queue"),
    "called_back": ("sum(ivrcore_call_backs_dialled_total)", ""),
    "contacts": ("sum by (agent) (ivrcore_agent_contacts_total)", "agent"),
    "menu_entered": ("sum by (menu) (ivrcore_menu_entered_total)", "menu"),
    "choices_by_key": ('sum by (menu) (ivrcore_menu_choices_total{by="key"})', "menu"),
    "choices_by_speech": ('sum by (menu) (ivrcore_menu_choices_total{by="speech"})', "menu"),
}
"""What is counted -> Prometheus' query for it, and the label that says of what."""
OUTCOMES = "sum by (outcome) (ivrcore_contacts_closed_total)"

REPORTED = {
    "queues": {
        "entered": "entered",
        "answered": "answered",
        "answered_in_threshold": "answered_in_threshold",
        "abandoned": "abandoned",
        "abandoned_short": "abandoned_short",
        "left": "left",
        "refused": "refused_join",
        "offers": "offers",
        "offers_accepted": "offers_accepted",
    },
    "agents": {"answered": "contacts", "offers": "rung"},
    "menus": {
        "entered": "menu_entered",
        "choices_by_key": "choices_by_key",
        "choices_by_speech": "choices_by_speech",
    },
}
"""Report -> its measure -> what is counted."""
KEY = {"queues": "queue", "agents": "agent", "menus": "menu"}
ENDS = ("refused", "self_served", "left_in_menu", "queued", "failed")
"""Outcomes of contacts."""


class Figures:
    """A Prometheus, asked."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, query: str) -> list[tuple[dict[str, str], float]]:
        """Give the series of an instant query, and their values."""
        with LOOPBACK.open(f"{self._url}/api/v1/query?query={quote(query)}", timeout=20) as answer:
            rows = json.load(answer)["data"]["result"]
        return [(row["metric"], float(row["value"][1])) for row in rows]

    def one(self, query: str) -> float:
        """Give the single value of a query; 0 where there is no series."""
        rows = self.ask(query)
        return rows[0][1] if rows else 0.0

    def counts(self) -> Counts:
        """Give everything that is counted."""
        told: Counts = Counter()
        for what, (query, label) in COUNTED.items():
            for labels, value in self.ask(query):
                told[what, labels.get(label, "")] += round(value)
        for labels, value in self.ask(OUTCOMES):
            told[labels["outcome"], ""] += round(value)
        return told


def reported(site: Path) -> Counts:
    """Run `ivrcore report` for everything that it tells."""
    told: Counts = Counter()
    for about, measures in REPORTED.items():
        for row in _report(site, about)["rows"]:
            for measure, what in measures.items():
                told[what, row[KEY[about]]] += row[measure]
    total = _report(site, "contacts")["total"]
    for what in ("offered", "closed", *ENDS):
        told[what, ""] = total[what]
    return told


def _report(site: Path, about: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "ivrcore", "report", about, "--site", str(site), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=REPORT_SECONDS, check=False)
    if done.returncode:
        raise LabError(f"ivrcore report {about} failed: {done.stderr.strip()[-400:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


class Screen:
    """A screen of the wallboard: gets the whole board once, then what changes; use with `with`."""

    def __init__(self, lab: HotlineLab) -> None:
        self._request = urllib.request.Request(
            f"{lab.url}/api/v1/wallboard", headers={"Authorization": f"Bearer {lab.token}"}
        )
        self.rows: dict[str, dict[str, dict[str, object]]] = {}
        self.at = 0.0
        """Until when the board is told, UTC seconds of the server."""
        self.messages = 0
        self.failure = ""
        self._open = True
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Screen:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join(SILENT + 1)

    def _look(self) -> None:
        try:
            with LOOPBACK.open(self._request, timeout=SILENT) as stream:
                while self._open and (line := stream.readline()):
                    if line.startswith(b"data: "):
                        self._take(json.loads(line[6:]))
            if self._open:
                self.failure = "the server ended the stream"
        except OSError as error:
            self.failure = str(error)

    def _take(self, message: dict[str, object]) -> None:
        if "whole" in message:
            self.rows = {}
        for kind in ("queues", "agents", "contacts", "totals"):
            changed = message.get(kind)
            kept = self.rows.setdefault(kind, {})
            for name, row in changed.items() if isinstance(changed, dict) else ():
                if row is None:
                    kept.pop(name, None)
                else:
                    kept[name] = row
        self.messages += 1
        self.at = float(str(message.get("at", self.at)))

    def counts(self) -> Counts:
        """Give today's counts, as they are shown."""
        told: Counts = Counter()
        for queue, row in self.rows["queues"].items():
            today = row["today"]
            assert isinstance(today, dict)
            for shown, what in SHOWN.items():
                told[what, queue] = today[shown]
        told["offered", ""] = int(str(self.rows["totals"][""]["arrived"]))
        return told


SHOWN = {
    "entered": "entered",
    "answered": "answered",
    "answered_in": "answered_in_threshold",
    "abandoned": "abandoned",
}
"""The wallboard's word -> what is counted."""


def phones(lab: HotlineLab, callers: Callers) -> tuple[Counts, Counts]:
    """Give what both sides' phones counted, and how much of each of these cannot be known from there."""
    told: Counts = Counter()
    unsure: Counts = Counter()
    queues, doubtful = callers.told()
    for queue, counts in queues.items():
        for what in ("entered", "answered", "abandoned", "left"):
            if queue != "backs":
                told[what, queue] = counts[what]
                unsure[what, queue] = doubtful[queue]
    # A customer who is not reached has another visit at the next try: callers know only of the first.
    told["asked", "backs"] = queues["backs"]["entered"]
    rang, heard, unsure["answered", "backs"] = callers.customers()
    told["called_back", ""], told["answered", "backs"] = rang, heard
    told["offered", ""] = len(callers.calls)
    told["refused", ""] = sum(one.status == BUSY for one in callers.calls)
    for number, agent in enumerate(STAFF, 1):
        told["rung", agent] = lab.phones.agents[f"agent{number}"].invited
    for agent, count in called_off(record.event for record in lab.records()).items():
        unsure["rung", agent] = count
    return told, unsure


def called_off(happened: Iterable[Event]) -> Counter[str]:
    """Count by agent the phones that were called and called off in one moment: such a one may never ring.

    A call that Asterisk cancels before it has sent it is one that the phone knows nothing of.
    """
    dialled: dict[str, tuple[str, float]] = {}
    told: Counter[str] = Counter()
    for event in happened:
        if isinstance(event, events.LegDialled) and event.agent:
            dialled[event.leg] = event.agent, event.at
        elif isinstance(event, events.LegAnswered):
            dialled.pop(event.leg, None)
        elif isinstance(event, events.HangUpRequested) and event.leg in dialled:
            agent, at = dialled.pop(event.leg)
            told[agent] += event.at - at <= CLOSE
    return told
