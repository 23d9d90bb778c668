"""``ivrcore speech report``: how callers were understood, menu by menu, from a site's journal."""

from __future__ import annotations

import csv
import getpass
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ivrcore.cli_agents import client, columns
from ivrcore.errors import ConfigError, RequestRefused

if TYPE_CHECKING:
    from ivrcore.metrics.spoken import MenuSpeech

    Words = Mapping[str, Any]
    """Shaped as :class:`ivrcore.kept.words.MenuWords`."""

FORMS = click.Choice(["text", "csv", "json"])
NOTHING: Words = {
    **dict.fromkeys(("kept", "worded", "labelled", "meant", "untold"), 0),
    "phrases": [],
    "words": [],
}
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
@click.option("--said", is_flag=True, help="And what people said instead, from what the server keeps.")
@click.option(
    "--least", type=click.IntRange(2), default=3, show_default=True, help="Contacts who must have said it."
)
@click.option("--format", "form", type=FORMS, default="text", show_default=True)
def report(folder: Path | None, since: str, until: str, plan: str, said: bool, least: int, form: str) -> None:
    """Tell for each menu of SITE how its callers were understood, from the journal.

    The journal is read as it is, whether or not the server runs. It holds no words of callers. With --said
    the running server tells the words of kept utterances (see `ivrcore speech kept`): numbers masked, and
    only what --least contacts said.
    """
    site = folder or Path()
    now = time.time()
    begin, end = _moment(since, now), _moment(until, now)
    menus = _menus(site, begin or 0.0, now if end is None else end)
    found = [one for one in menus if plan in ("", one.plan)]
    words = _words(site, least, begin or 0.0, end) if said else {}
    if form == "json":
        lines = [_told(one, _of(words, one) if said else None) for one in found]
        click.echo(json.dumps(lines, indent=2, ensure_ascii=False))
    elif form == "csv":
        of = [cells(one, _of(words, one) if said else None) for one in (_nobody(), *found)]
        write = csv.DictWriter(sys.stdout, of[0].keys(), lineterminator="\n")
        write.writeheader()
        write.writerows(of[1:])
    elif found:
        click.echo(columns([HEADS, *map(_line, found)]))
        for one in found if said else ():
            _say(one, _of(words, one), least)
    else:
        click.echo("nobody was listened to by a menu")


def _moment(text: str, now: float) -> float | None:
    from ivrcore.picture.moment import moment

    return moment(text, now) if text else None


def _words(site: Path, least: int, begin: float, end: float | None) -> dict[tuple[str, str], Words]:
    """Ask the running server what was said in that time, by dialplan and menu."""
    menus = client(site, None).kept_words(least, getpass.getuser(), begin, end)
    return {(str(one["plan"]), str(one["menu"])): one for one in menus}


def _of(words: Mapping[tuple[str, str], Words], one: MenuSpeech) -> Words:
    return words.get((one.plan, one.menu), NOTHING)


def _told(one: MenuSpeech, words: Words | None) -> dict[str, object]:
    if words is None:
        return cells(one)
    return {**cells(one, words), "said_instead": {"phrases": words["phrases"], "words": words["words"]}}


def _say(one: MenuSpeech, words: Words, least: int) -> None:
    """Write what was said to a menu, after the table."""
    click.echo(
        f"\n{one.plan}, {one.menu}: {words['kept']} kept, {words['worded']} of them with words, "
        f"{words['labelled']} labelled, {words['meant']} of these meant a choice"
    )
    accuracy = one.accuracy(words["labelled"], words["meant"])
    if accuracy is not None:
        click.echo(f"  of who said a choice, about {accuracy:.1%} were understood")
    untold = int(words["untold"])
    for phrase in words["phrases"]:
        click.echo(f"  {phrase['contacts']:>5}  {phrase['text']}")
    if words["words"]:
        listed = ", ".join(f"{one['text']} ({one['contacts']})" for one in words["words"])
        click.echo(f"  words: {listed}")
    elif words["worded"] > untold:
        click.echo(f"  nothing was said by {least} contacts")
    if untold:
        click.echo(f"  {untold} not told: spoken numbers are not known in their language")


def _menus(site: Path, begin: float, end: float) -> Sequence[MenuSpeech]:
    from ivrcore.config import read_site
    from ivrcore.journal.local import read_arrived
    from ivrcore.metrics.spoken import COUNTED, SpokenFold

    config = read_site(site.resolve()).config
    if config is None:
        raise ConfigError(f"there is no configuration in {site}", hint="name the site's folder")
    path = config.journal.path
    if not path.is_file():
        raise RequestRefused(
            f"the site {site} has no journal", hint="it begins when a server is started there"
        )
    names = [event.__name__ for event in COUNTED]
    return SpokenFold().fold(read_arrived(path, names, begin, end)).menus()


def _nobody() -> MenuSpeech:
    from ivrcore.metrics.spoken import MenuSpeech

    return MenuSpeech("", "")


def cells(one: MenuSpeech, words: Words | None = None) -> dict[str, object]:
    """Give a menu's figures, as programs read them: counts, shares (none of nothing), seconds.

    What is kept of it, with ``words``, comes last; see `MenuSpeech.accuracy`.
    """
    more: dict[str, object] = {}
    if words is not None:
        labelled, meant = int(words["labelled"]), int(words["meant"])
        more = {"kept": words["kept"], "labelled": labelled, "meant": meant}
        more["accuracy"] = _round(one.accuracy(labelled, meant))
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
        **more,
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
