"""What the status page shows, as tags. Must not know of requests or sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from twisted.web.template import Tag, tags

from ivrcore.durations import in_words
from ivrcore.versions.views import DialplanView, ProblemView
from ivrcore.web import floor
from ivrcore.web.frame import clock, duration, log_out, navigation, table
from ivrcore.web.notices import notices
from ivrcore.web.view import AgentView, DrainView, Health, Hotline, Place, QueueView, WatchView

LEVEL_NOTE = (
    "Service level: answered within the queue's threshold ÷ (answered + abandoned), the variant "
    "A_T / (A + B); a dash where nobody was answered or gave up yet. Counts are since the journal began."
)
MOST_SHOWN = 10
"""Problems of one file; `ivrcore check` tells all."""


def main(hotline: Hotline, now: float) -> list[Tag]:
    """Give the page's body."""
    health, queues, agents = hotline.health(), hotline.queues(), hotline.agents()
    return [
        tags.header(
            tags.h1("ivrcore"),
            navigation("/"),
            _pills(health),
            log_out(),
        ),
        tags.p("The server does not answer: what is shown is old.", id="away", role="alert", hidden="hidden"),
        Tag("main")(
            *notices(hotline.board.board, hotline.board.now()),
            *_drain(health.drain),
            *_broken(health),
            _numbers(hotline.places(), queues, agents),
            _queues(queues),
            floor.waiting(hotline.waiting(floor.WAITING_SHOWN), now),
            floor.agents(agents, now),
            *_plans(health),
            *_watches(health, now),
            _problems(health),
            tags.p(f"As of {clock(now)} UTC. {_release(health)}", class_="note"),
        ),
    ]


def _release(health: Health) -> str:
    return f"ivrcore {health.version}, started {_day(health.started)} UTC." if health.started else ""


def _pills(health: Health) -> Tag:
    pills = [_pill(f"Asterisk ({name})", up, "connected", "away") for name, up in health.links.items()]
    pills.append(_pill("Journal", health.journal, "written", "failing"))
    broken = f"{health.dialplans}, {len(health.broken)} broken" if health.dialplans else "none"
    pills.append(
        _pill("Dialplans", health.dialplans > 0 and not health.broken, str(health.dialplans), broken)
    )
    pills += [
        tags.li(tags.b(name), " ", state.split(" (")[0], title=state, class_="pill")
        for name, state in health.speech.items()
    ]
    return tags.ul(*pills, class_="pills", **{"aria-label": "State of the server"})


def _pill(name: str, good: bool, yes: str, no: str) -> Tag:
    return tags.li(tags.b(name), " ", yes if good else no, class_=f"pill {'good' if good else 'bad'}")


def _numbers(places: Mapping[Place, int], queues: Sequence[QueueView], agents: Sequence[AgentView]) -> Tag:
    longest = max((queue.longest_wait for queue in queues), default=0.0)
    states = Counter(agent.state for agent in agents)
    shown = (
        ("Calls", sum(places.values())),
        ("In menus", places.get(Place.MENU, 0)),
        ("Waiting", places.get(Place.QUEUE, 0)),
        ("Longest wait", duration(longest)),
        ("With agents", places.get(Place.AGENT, 0)),
        ("Agents ready", states["ready"]),
    )
    return tags.dl(*(tags.div(tags.dt(name), tags.dd(str(value))) for name, value in shown), class_="numbers")


def _queues(queues: Sequence[QueueView]) -> Tag:
    heads = ("Queue", "Waiting", "Longest wait", "Agents ready", "Entered", "Answered", "Abandoned", "Left",
             "Service level")  # fmt: skip
    listed = table("Queues", heads, map(_queue, queues), "No queue is configured.")
    return tags.section(listed, tags.p(LEVEL_NOTE, class_="note"))


def _queue(queue: QueueView) -> Tag:
    staff = sum(queue.agents.values()) - queue.agents.get("logged_out", 0)
    late = "bad" if queue.waiting and queue.longest_wait > queue.threshold else ""
    return tags.tr(
        tags.th(queue.name, scope="row"),
        tags.td(str(queue.waiting), class_=late),
        tags.td(duration(queue.longest_wait) if queue.waiting else "–", class_=late),
        tags.td(f"{queue.agents.get('ready', 0)} of {staff}"),
        tags.td(str(queue.entered)),
        tags.td(str(queue.answered)),
        tags.td(str(queue.abandoned)),
        tags.td(str(queue.left)),
        tags.td(*_level(queue)),
    )


def _level(queue: QueueView) -> list[Tag | str]:
    level = queue.service_level
    if level is None:
        return ["–"]
    poor = round(2 * queue.objective - 1, 6)  # twice as many late as it allows, as on the wallboard
    word = "good" if level >= queue.objective else "bad" if level < poor else "fair"
    return [tags.span(f"{level:.0%}", class_=word), tags.small(f" in {in_words(queue.threshold)}")]


def _problems(health: Health) -> Tag:
    items = [
        tags.li(Tag("time")(_day(problem.at), datetime=_iso(problem.at)), " ", problem.what)
        for problem in health.problems
    ]
    shown = tags.ol(*items, class_="problems") if items else tags.p("None.", class_="note")
    return tags.section(tags.h2("Last problems"), shown)


def _drain(drain: DrainView) -> list[Tag]:
    """Say that nobody is let in, and what comes then."""
    if not drain.draining:
        return []
    then = ", then the server ends" if drain.then_stop else ""
    inside = f"{drain.inside} contact{'' if drain.inside == 1 else 's'} to finish{then}."
    told = tags.p(tags.b("No new calls are taken."), f" {inside}")
    return [tags.section(told, role="alert", class_="broken")]


def _broken(health: Health) -> list[Tag]:
    """Say first what an admin has to mend."""
    return [
        tags.section(
            tags.h2(f"{file.file} does not take effect"),
            tags.p(
                f"Callers go on with version {file.serving}." if file.serving else "Nothing of it is served.",
                class_="note",
            ),
            tags.ol(*map(_broken_rule, file.problems[:MOST_SHOWN]), class_="problems"),
            role="alert",
            class_="broken",
        )
        for file in health.broken
    ]


def _broken_rule(problem: ProblemView) -> Tag:
    place = f"{problem.file}:{problem.line}:{problem.column}"
    hint = [tags.br(), tags.small(f"hint: {problem.hint}")] if problem.hint else []
    return tags.li(tags.code(place), f" {problem.severity} {problem.code}: {problem.message}", *hint)


def _plans(health: Health) -> list[Tag]:
    if not health.plans:
        return []
    heads = ("Dialplan", "Version", "Since", "By", "Calls", "On older versions")
    return [tags.section(table("Dialplans", heads, map(_plan, health.plans), ""))]


def _plan(plan: DialplanView) -> Tag:
    older = sum(count for version, count in plan.calls.items() if version != plan.version)
    published = plan.published
    return tags.tr(
        tags.th(plan.name, scope="row"),
        tags.td(tags.code(plan.version)),
        tags.td(_day(published.at) if published else "–"),
        tags.td((published.author if published else "") or "–"),
        tags.td(str(plan.calls.get(plan.version, 0))),
        tags.td(str(older)),
    )


def _watches(health: Health, now: float) -> list[Tag]:
    if not health.watches:
        return []
    heads = ("Watch", "Kind", "State", "Since", "Sees", "Last error")
    rows = (_watch(watch, now) for watch in health.watches)
    return [tags.section(table("Watches", heads, rows, ""))]


def _watch(watch: WatchView, now: float) -> Tag:
    state = {True: "connected", False: "away", None: "not known"}[watch.up]
    error = f"{watch.error} ({_day(watch.error_at)})" if watch.error and watch.error_at else watch.error
    return tags.tr(
        tags.th(watch.name, scope="row"),
        tags.td(watch.kind),
        tags.td(state, class_="bad" if watch.up is False else ""),
        tags.td("–" if watch.since is None else f"{_day(watch.since)}, {duration(now - watch.since)}"),
        tags.td(watch.sees or "–"),
        tags.td(error or "–"),
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
