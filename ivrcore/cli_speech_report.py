"""``ivrcore speech report``: how callers were understood, menu by menu, from a site's journal."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.cli_agents import columns
from ivrcore.errors import ConfigError, RequestRefused

if TYPE_CHECKING:
    from ivrcore.metrics.spoken import MenuSpeech

FORMS = click.Choice(["text", "csv", "json"])
COUNTS = (
    *("turns", "heard", "accepted", "asked_back", "confirmed", "denied", "rejected"),
    *("no_input", "keyed", "impatient", "refused", "failed"),
)
PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
HEADS = (
    *("dialplan", "menu", "asked", "heard", "understood (95 %)", "no match", "asked back", "of these: no"),
    *("no input", "keys", "impatient", "not listened", "p50", "p95"),
)


@click.command()
@click.argument("folder", metavar="[SITE]", type=click.Path(path_type=Path), required=False)
@click.option("--since", default="", help="Callers from then on: 24h, 7d, or 2026-11-22T08:00 (UTC).")
@click.option("--until", default="", help="Callers before then.")
@click.option("--plan", default="", help="Only this dialplan's menus.")
@click.option("--format", "form", type=FORMS, default="text", show_default=True)
def report(folder: Path | None, since: str, until: str, plan: str, form: str) -> None:
    """Tell for each menu of SITE how its callers were understood, from the journal.

    The journal is read as it is, whether or not the server runs. It holds no words of callers.
    """
    found = [one for one in _menus(folder or Path(), since, until) if plan in ("", one.plan)]
    if form == "json":
        click.echo(json.dumps([cells(one) for one in found], indent=2, ensure_ascii=False))
    elif form == "csv":
        heads = cells(_nobody()).keys()
        write = csv.DictWriter(sys.stdout, heads, lineterminator="\n")
        write.writeheader()
        write.writerows(cells(one) for one in found)
    elif found:
        click.echo(columns([HEADS, *map(_line, found)]))
    else:
        click.echo("nobody was listened to by a menu")


def _menus(site: Path, since: str, until: str) -> Sequence[MenuSpeech]:
    from ivrcore.config import read_site
    from ivrcore.journal.local import read_named
    from ivrcore.metrics.spoken import COUNTED, SpokenFold
    from ivrcore.metrics.traffic import arrived_within
    from ivrcore.picture.moment import moment

    config = read_site(site.resolve()).config
    if config is None:
        raise ConfigError(f"there is no configuration in {site}", hint="name the site's folder")
    path = config.journal.path
    if not path.is_file():
        raise RequestRefused(
            f"the site {site} has no journal", hint="it begins when a server is started there"
        )
    now = time.time()
    begin = moment(since, now) if since else 0.0
    end = moment(until, now) if until else now
    names = [event.__name__ for event in COUNTED]
    return SpokenFold().fold(arrived_within(read_named(path, names, begin), begin, end)).menus()


def _nobody() -> MenuSpeech:
    from ivrcore.metrics.spoken import MenuSpeech

    return MenuSpeech("", "")


def cells(one: MenuSpeech) -> dict[str, object]:
    """Give a menu's figures, as programs read them: counts, shares (none of nothing), seconds."""
    low, high = one.in_grammar.interval()
    shares = {f"{name}_share": _round(share.share) for name, share in one.of.items()}
    return {
        "dialplan": one.plan,
        "menu": one.menu,
        **{name: getattr(one, name) for name in COUNTS},
        **shares,
        "in_grammar_low": _round(low),
        "in_grammar_high": _round(high),
        **{f"decision_{name}_s": _round(one.took_within(part)) for name, part in PARTS.items()},
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _line(one: MenuSpeech) -> tuple[str, ...]:
    low, high = one.in_grammar.interval()
    of = {name: "-" if share.share is None else f"{share.share:.1%}" for name, share in one.of.items()}
    understood = f"{of['in_grammar']} ({low:.1%}–{high:.1%})" if one.heard else "-"
    rates = [of[name] for name in ("no_match", "asked_back", "denied", "no_input", "keyed")]
    took = [one.took_within(part) for part in (0.5, 0.95)]
    return (
        *(one.plan, one.menu, str(one.turns), str(one.heard), understood, *rates),
        *(str(one.impatient), str(one.refused + one.failed)),
        *("-" if value is None else f"{value:.2f} s" for value in took),
    )
