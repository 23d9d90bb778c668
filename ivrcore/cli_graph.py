"""``ivrcore graph``: a dialplan as a picture, with callers' ways from a site's journal."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.errors import ProblemsFound, RequestRefused

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.dialplan.check import Site
    from ivrcore.dialplan.model import Plan
    from ivrcore.picture.counts import Counts
    from ivrcore.picture.model import Picture
    from ivrcore.picture.svg import Program

FORMATS = ("svg", "dot", "mermaid", "json")
ALL = "all"
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command()
@click.argument("dialplan", default="")
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: by OUTPUT, else svg]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file. [default: -]")
@click.option("--site", type=FOLDER, envvar="IVRCORE_SITE", help="The site of dialplan NAME. [default: .]")
@click.option("--traffic", type=FOLDER, help="Show the ways of callers, from the journal of this site.")
@click.option("--since", default="", help="Callers from then on: 24h, 7d, or 2026-11-22T08:00 (UTC).")
@click.option("--until", default="", help="Callers before then.")
@click.option("--version", default="", help="That version; `all` counts the callers of every one.")
@click.option("--from", "middle", default="", help="Only what is near this menu or block.")
@click.option("--depth", default=2, show_default=True, type=click.IntRange(1, 50), help="How far from it.")
def graph(
    dialplan: str,
    form: str | None,
    output: Path | None,
    site: Path | None,
    traffic: Path | None,
    since: str,
    until: str,
    version: str,
    middle: str,
    depth: int,
) -> None:
    """Draw DIALPLAN, a file or the name of one of the site's, as SVG, DOT, Mermaid or JSON."""
    from ivrcore.collecting import uncollected
    from ivrcore.picture.draw import draw
    from ivrcore.picture.near import near
    from ivrcore.picture.overlay import overlay

    with uncollected():
        plan = _plan(dialplan, traffic or site, version)
        picture = draw(plan)
        if traffic is not None:
            counts, versions = _counted(traffic, plan, version, since, until)
            picture = overlay(picture, counts, versions)
        if middle:
            picture = near(picture, middle, depth)
        text = _written(picture, form or _form_of(output))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


# --- which dialplan ---------------------------------------------------------------------------------


def _plan(dialplan: str, folder: Path | None, version: str) -> Plan:
    """Read a file, or find a dialplan of a site by its name; without one the site's only one."""
    from ivrcore.config import CONFIG_FILE

    file = Path(dialplan)
    if dialplan and file.is_file():
        folder = folder or next(
            (one for one in file.resolve().parents if (one / CONFIG_FILE).is_file()), None
        )
        site = _any_site(folder)
        plan = _read(file, site)
    else:
        folder = folder or Path()
        site = _any_site(folder)
        plan = _named(dialplan, _config(folder), site)
    if version in ("", ALL, plan.version):
        return plan
    return _version(plan.name, version, _config(folder or Path()), site)


def _any_site(folder: Path | None) -> Site:
    """What a dialplan may use: the verbs of the plugins. Queues and the like are the check's business."""
    from ivrcore.check import load_site_plugins
    from ivrcore.dialplan.check import Site

    return Site(verbs=load_site_plugins(folder).verbs())


def _config(folder: Path) -> Config:
    from ivrcore.config import load_config

    return load_config(folder.resolve())


def _read(file: Path, site: Site) -> Plan:
    from ivrcore.config.plans import read_plans

    found = read_plans([file], site)
    if not found.plans:
        raise ProblemsFound([str(problem) for problem in found.problems.errors])
    return found.plans[0]


def _named(name: str, config: Config, site: Site) -> Plan:
    from ivrcore.config.plans import plan_files, read_plans
    from ivrcore.problems import did_you_mean, quoted

    found = read_plans(plan_files(config.dialplans), site)
    plans = {plan.name: plan for plan in found.plans}
    if name in plans:
        return plans[name]
    if not name and len(plans) == 1:
        return next(iter(plans.values()))
    if not plans and found.problems.errors:
        raise ProblemsFound([str(problem) for problem in found.problems.errors])
    hint = did_you_mean(name, plans) if name else f"name one of: {', '.join(plans)}"
    message = f"there is no dialplan {quoted(name)} in {config.dialplans}" if name else "which dialplan?"
    raise RequestRefused(message, hint=hint)


def _version(name: str, version: str, config: Config, site: Site) -> Plan:
    from ivrcore.dialplan.check import load_plan
    from ivrcore.versions.store import VersionStore, store_path

    path = store_path(config.journal.path)
    text = VersionStore(path, read_only=True).text(name, version) if path and path.is_file() else None
    if text is None:
        raise RequestRefused(
            f"{name} has no version {version}",
            hint=f"`ivrcore dialplan log {name}` lists those that were kept",
        )
    plan, problems = load_plan(text, f"{name} {version}", site)
    if plan is None:
        raise ProblemsFound([str(problem) for problem in problems.errors])
    return plan


# --- traffic ----------------------------------------------------------------------------------------


def _counted(folder: Path, plan: Plan, version: str, since: str, until: str) -> tuple[Counts, list[str]]:
    """Count the callers of one version, or of all, from the journal of a site."""
    from ivrcore.journal.local import read_arrived
    from ivrcore.metrics.traffic import TrafficFold, counted_events
    from ivrcore.picture.moment import moment

    path = _config(folder).journal.path
    if path is None or not path.is_file():
        raise RequestRefused(
            f"the site {folder} has no journal", hint="it begins when a server is started there"
        )
    now = time.time()
    begin = moment(since, now) if since else 0.0
    end = moment(until, now) if until else now
    names = [event.__name__ for event in counted_events()]
    fold = TrafficFold.unbounded().fold(read_arrived(path, names, begin, end))
    known = fold.versions(plan.name)
    versions = known if version == ALL else [plan.version]
    counts = fold.counts(plan.name, versions, end)
    if not counts.contacts and known and version != ALL:
        others = f"there are of {', '.join(known)}: --version all shows them"
        click.echo(f"no callers of version {plan.version}; {others}", err=True)
    return replace(counts, since=begin or counts.since, until=end), versions


# --- the output -------------------------------------------------------------------------------------


def _form_of(output: Path | None) -> str:
    endings = {".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".json": "json"}
    return endings.get(output.suffix if output else "", "svg")


def _written(picture: Picture, form: str) -> str:
    from ivrcore.picture.dot import dot
    from ivrcore.picture.mermaid import mermaid
    from ivrcore.picture.shown import shown
    from ivrcore.picture.svg import svg

    match form:
        case "dot":
            return dot(picture)
        case "mermaid":
            return mermaid(picture)
        case "json":
            return json.dumps(shown(picture), indent=2, ensure_ascii=False) + "\n"
    return svg(picture, _program())


def _program() -> Program | None:
    """The lab's Graphviz, if it is there and none is on PATH."""
    from ivrcore.lab.groups import graphviz
    from ivrcore.picture.svg import Program

    found = graphviz(fetch=False)
    return Program(tuple(found.command), found.environment) if found else None
