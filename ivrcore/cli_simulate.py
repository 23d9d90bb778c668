"""``ivrcore simulate`` and ``ivrcore staff``: what the router would do, and how many agents it takes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.errors import RequestRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.problems import Problems
    from ivrcore.simulator.compare import Comparison
    from ivrcore.simulator.scenario import Scenario
    from ivrcore.simulator.staffing import Interval

FILE = click.Path(path_type=Path, dir_okay=False)
PLACE = click.Path(path_type=Path)
MISSED = 1


@click.command()
@click.argument("scenario", type=FILE, required=False)
@click.option("--journal", "site", type=PLACE, help="Callers as they came to the site in this folder.")
@click.option("--since", default="", help="With --journal: from then on: 24h, 7d, 2026-11-22T08:00 (UTC).")
@click.option("--until", default="", help="With --journal: before then.")
@click.option("--strategies", default="", help="Compare these strategies, for all queues: a,b,c.")
@click.option("--replications", type=click.IntRange(1, 10_000), help="Instead of the scenario's.")
@click.option("--seed", help="Instead of the scenario's.")
@click.option("--csv", "csv_file", type=FILE, help="Write the figures there too.")
@click.option("--picture", type=FILE, help="Draw them there, as SVG.")
def simulate(
    scenario: Path | None,
    site: Path | None,
    since: str,
    until: str,
    strategies: str,
    replications: int | None,
    seed: str | None,
    csv_file: Path | None,
    picture: Path | None,
) -> None:
    """Run the router on SCENARIO's callers and agents, and compare its variants."""
    from ivrcore.simulator.compare import compare
    from ivrcore.simulator.picture import comparison_svg
    from ivrcore.simulator.table import comparison_csv, table

    found = _scenario(scenario, site, since, until)
    if strategies:
        found = _by_strategy(found, [name.strip() for name in strategies.split(",")])
    comparison = compare(
        found.variants,
        found.plugins,
        replications=replications or found.replications,
        seed=found.seed if seed is None else seed,
        say=_progress(),
    )
    click.echo(table(comparison), nl=False)
    _failures(comparison)
    _write(csv_file, lambda: comparison_csv(comparison))
    _write(picture, lambda: comparison_svg(comparison))


def _scenario(file: Path | None, site: Path | None, since: str, until: str) -> Scenario:
    from ivrcore.simulator.scenario import read_scenario, scenario_of_journal

    if (file is None) == (site is None):
        raise RequestRefused("a scenario's file is wanted, or --journal FOLDER", hint="see docs/simulator.md")
    if file is not None:
        _only_with_journal(since=since, until=until)
        scenario, problems = read_scenario(file)
    else:
        scenario, problems = scenario_of_journal(site or Path(), since, until)
    _tell(problems)
    if scenario is None:
        raise RequestRefused("there is no scenario")
    return scenario


def _only_with_journal(**given: str) -> None:
    for name, text in given.items():
        if text:
            raise RequestRefused(f"--{name} is for --journal only", hint="a file says itself who calls when")


def _tell(problems: Problems) -> None:
    problems.raise_errors()
    for warning in problems.warnings:
        click.echo(str(warning), err=True)


def _by_strategy(scenario: Scenario, names: list[str]) -> Scenario:
    from msgspec import structs

    from ivrcore.problems import did_you_mean, quoted

    for name in names:
        if name not in scenario.plugins.strategies:
            hint = did_you_mean(name, scenario.plugins.strategies)
            raise RequestRefused(f"no plugin gives a strategy {quoted(name)}", hint=hint)
    variants = {}
    for variant, floor in scenario.variants.items():
        for name in names:
            queues = tuple(structs.replace(queue, strategy=name) for queue in floor.queues)
            title = name if len(scenario.variants) == 1 else f"{variant}, {name}"
            variants[title] = replace(floor, queues=queues)
    return replace(scenario, variants=variants)


def _progress() -> Callable[[str], None]:
    """Tell what goes on to who watches, a line a second at most."""
    import sys

    if not sys.stderr.isatty():
        return lambda text: None
    shown = time.monotonic()

    def say(text: str) -> None:
        nonlocal shown
        if time.monotonic() - shown >= 1.0:
            shown = time.monotonic()
            click.echo(text, err=True)

    return say


def _failures(comparison: Comparison) -> None:
    for result in comparison.results:
        for (plugin, hook, error), count in result.failures.items():
            click.echo(f"{result.name}: plugin {plugin} failed in {hook} {count} times: {error}", err=True)


def _write(file: Path | None, text: Callable[[], str]) -> None:
    if file is not None:
        file.write_text(text(), encoding="utf-8")


# --- staff ------------------------------------------------------------------------------------------


@click.command()
@click.argument("forecast", type=FILE, required=False)
@click.option("--journal", "site", type=PLACE, help="The mean day of the site in this folder, instead.")
@click.option("--queue", default="", help="With --journal: which queue. [default: its only one]")
@click.option("--since", default="", help="With --journal: from then on: 24h, 7d, 2026-11-22T08:00 (UTC).")
@click.option("--until", default="", help="With --journal: before then.")
@click.option("--service-level", default=80.0, show_default=True, type=click.FloatRange(1, 99.99), help="%")
@click.option("--within", default="20s", show_default=True, help="The service level's threshold.")
@click.option("--interval", default="", help="How long each is. [default: as between rows; 30m]")
@click.option("--max-occupancy", default=100.0, show_default=True, type=click.FloatRange(1, 100), help="%")
@click.option("--max-abandoned", default=100.0, show_default=True, type=click.FloatRange(0.01, 100), help="%")
@click.option("--shrinkage", default=0.0, show_default=True, type=click.FloatRange(0, 95), help="%")
@click.option(
    "--replications", default=30, show_default=True, type=click.IntRange(0, 10_000), help="0: none."
)
@click.option("--seed", default="1", show_default=True)
@click.option("--strategy", default="longest_idle", show_default=True, help="Of the simulation.")
@click.option("--csv", "csv_file", type=FILE, help="Write the plan there too.")
@click.option("--picture", type=FILE, help="Draw it there, as SVG.")
def staff(
    forecast: Path | None,
    site: Path | None,
    queue: str,
    since: str,
    until: str,
    service_level: float,
    within: str,
    interval: str,
    max_occupancy: float,
    max_abandoned: float,
    shrinkage: float,
    replications: int,
    seed: str,
    strategy: str,
    csv_file: Path | None,
    picture: Path | None,
) -> None:
    """Plan agents per interval of FORECAST (interval, contacts, aht, patience); check them by simulation.

    Erlang A where patience is given, else Erlang C. Exit code 1 if an interval misses the target.
    """
    from ivrcore.plugin_manager import load_plugins
    from ivrcore.simulator import staffing
    from ivrcore.simulator.picture import plan_svg
    from ivrcore.simulator.table import plan_csv, plan_table

    target = staffing.Target(
        service_level=service_level / 100,
        threshold=_seconds("--within", within),
        most_occupied=max_occupancy / 100,
        shrinkage=shrinkage / 100,
        most_abandoned=max_abandoned / 100,
    )
    length = _seconds("--interval", interval) if interval else None
    if length is not None and not 60.0 <= length <= 86_400.0:
        raise RequestRefused(f"--interval cannot be {interval!r}", hint="an interval lasts from 1m to 24h")
    planned = staffing.plan(_intervals(forecast, site, queue, since, until, length), target)
    checked: tuple[staffing.Checked, ...] = ()
    if replications and any(each.agents for each in planned):
        plugins = load_plugins().routing()
        checked = staffing.check(
            planned, target, plugins, replications=replications, seed=seed, strategy=strategy
        )
    click.echo(plan_table(planned, checked, target), nl=False)
    _write(csv_file, lambda: plan_csv(planned, checked, target))
    _write(picture, lambda: plan_svg(planned, checked, target))
    if any(each.misses(target) for each in checked):
        raise SystemExit(MISSED)


def _seconds(option: str, text: str) -> float:
    from ivrcore.durations import parse_duration

    found = parse_duration(text)
    if found is None:
        raise RequestRefused(f"{option} cannot be {text!r}", hint="write it as 20s or 1m30s")
    return found


def _intervals(
    file: Path | None, site: Path | None, queue: str, since: str, until: str, length: float | None
) -> tuple[Interval, ...]:
    from ivrcore.simulator.forecast import forecast_of, read_forecast
    from ivrcore.simulator.scenario import past_of
    from ivrcore.simulator.values import DAY, clock

    if (file is None) == (site is None):
        raise RequestRefused("a forecast's file is wanted, or --journal FOLDER", hint="see docs/simulator.md")
    if file is not None:
        _only_with_journal(queue=queue, since=since, until=until)
        intervals, problems = read_forecast(file, length)
        _tell(problems)
        return intervals
    past, _ = past_of(site or Path(), since, until)
    if not queue and len(past.queues) > 1:
        raise RequestRefused("which queue?", hint=f"name one with --queue: {', '.join(past.queues)}")
    begin, end = past.period or (0.0, DAY)
    if end - begin < DAY:
        read = f"{clock(begin % DAY)} to {clock(end % DAY)} (UTC)"
        click.echo(f"only {read} was read: the rest of the day is planned empty", err=True)
    return forecast_of(past, queue or past.queues[0], length or 1800.0)
