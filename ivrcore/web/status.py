"""What the status page shows, as tags. Must not know of requests or sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from twisted.web.template import Tag, tags

from ivrcore.model.names import COUNTED
from ivrcore.versions.views import DialplanView, ProblemView
from ivrcore.web.frame import log_out, navigation
from ivrcore.web.notices import notices
from ivrcore.web.view import AgentView, ContactView, Health, Hotline, Place, QueueView

LEVEL_NOTE = (
    "Service level: answered within the queue's threshold ÷ (answered + abandoned), the variant "
    "A_T / (A + B); a dash where nobody was answered or gave up yet. Counts are since the journal began."
)
MOST_SHOWN = 10
"""Problems of one file; `ivrcore check` tells all."""
GOOD_LEVEL, POOR_LEVEL = 0.8, 0.6


def main(hotline: Hotline, now: float) -> list[Tag]:
    """Give the page's body."""
    health = hotline.health()
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
            *_broken(health),
            _numbers(hotline.contacts(), hotline.queues(), hotline.agents()),
            _queues(hotline.queues()),
            _agents(hotline.agents()),
            *_plans(health),
            _problems(health),
            tags.p(f"As of {_clock(now)} UTC. {_release(health)}", class_="note"),
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


def _numbers(
    contacts: Sequence[ContactView], queues: Sequence[QueueView], agents: Sequence[AgentView]
) -> Tag:
    places = Counter(contact.place for contact in contacts)
    longest = max((queue.longest_wait for queue in queues), default=0.0)
    states = Counter(agent.state for agent in agents)
    shown = (
        ("Calls", len(contacts)),
        ("In menus", places[Place.MENU]),
        ("Waiting", places[Place.QUEUE]),
        ("Longest wait", duration(longest)),
        ("With agents", places[Place.AGENT]),
        ("Agents ready", states["ready"]),
    )
    return tags.dl(*(tags.div(tags.dt(name), tags.dd(str(value))) for name, value in shown), class_="numbers")


def _table(caption: str, heads: Sequence[str], rows: Iterable[Tag], empty: str) -> Tag:
    body = list(rows) or [tags.tr(tags.td(empty, colspan=str(len(heads)), class_="note"))]
    table = tags.table(
        tags.caption(caption),
        tags.thead(tags.tr(*(tags.th(head, scope="col") for head in heads))),
        tags.tbody(*body),
    )
    # Wide tables scroll inside their own box, by keyboard too.
    return tags.div(table, class_="scroll", tabindex="0", role="region", **{"aria-label": caption})


def _queues(queues: Sequence[QueueView]) -> Tag:
    heads = ("Queue", "Waiting", "Longest wait", "Agents ready", "Entered", "Answered", "Abandoned", "Left",
             "Service level")  # fmt: skip
    table = _table("Queues", heads, map(_queue, queues), "No queue is configured.")
    return tags.section(table, tags.p(LEVEL_NOTE, class_="note"))


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
    word = "good" if level >= GOOD_LEVEL else "bad" if level < POOR_LEVEL else "fair"
    return [tags.span(f"{level:.0%}", class_=word), tags.small(f" in {queue.threshold:g} s")]


def _agents(agents: Sequence[AgentView]) -> Tag:
    counts = Counter(agent.state for agent in agents)
    summary = ", ".join(f"{counts[state]} {_words(state)}" for state in COUNTED if counts[state])
    heads = ("Agent", "State", "For", "Queues", "Contacts")
    table = _table("Agents", heads, map(_agent, agents), "No agent is configured.")
    return tags.section(table, tags.p(summary.capitalize() + "." if summary else "", class_="note"))


def _agent(agent: AgentView) -> Tag:
    name: list[Tag | str] = [agent.display]
    if agent.display != agent.name:
        name.append(tags.small(f" {agent.name}"))
    reason = f" ({agent.reason})" if agent.reason else ""
    return tags.tr(
        tags.th(*name, scope="row"),
        tags.td(tags.span(_words(agent.state), class_=f"state {agent.state}"), reason),
        tags.td("–" if agent.seconds_in_state is None else duration(agent.seconds_in_state)),
        tags.td(", ".join(agent.queues) or "–"),
        tags.td(str(agent.contacts)),
    )


def _problems(health: Health) -> Tag:
    items = [
        tags.li(Tag("time")(_day(problem.at), datetime=_iso(problem.at)), " ", problem.what)
        for problem in health.problems
    ]
    shown = tags.ol(*items, class_="problems") if items else tags.p("None.", class_="note")
    return tags.section(tags.h2("Last problems"), shown)


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
    return [tags.section(_table("Dialplans", heads, map(_plan, health.plans), ""))]


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


def duration(seconds: float) -> str:
    """Write a length of time as m:ss or h:mm:ss."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _words(state: str) -> str:
    return state.replace("_", " ")


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
