"""The floor, as tags: who waits, for what and for how long, and what every agent is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from twisted.web.template import Tag, tags

from ivrcore.model.names import COUNTED, Device
from ivrcore.web.frame import clock, duration, table
from ivrcore.web.view import AgentView, ContactView, OfferView, Waiting, WaitView

WAITING_SHOWN = 10
"""Contacts of each queue; `ivrcore contact list` gives all."""
AGENTS_SHOWN = 200
WAITING = ("Contact", "Queue", "Position", "Priority", "Waited", "Place since", "Expected", "Needs", "Rung")
AGENTS = ("Agent", "State", "For", "Phone", "In hand", "Missed", "Queues and tiers", "Skills", "Contacts",
          "Last talk")  # fmt: skip
PHONES = {Device.BUSY: "own call", Device.UNREACHABLE: "out of reach", Device.IDLE: "reachable"}

Cell = Tag | str


def waiting(found: Waiting, now: float) -> Tag:
    """Show who waits, queue by queue in the order of service."""
    rows = [_contact(one, one.wait, now) for one in found.contacts if one.wait is not None]
    shown = table("Waiting", WAITING, rows, "Nobody waits.")
    others = ", ".join(f"{count} more in {queue}" for queue, count in found.more.items())
    return tags.section(shown, *([tags.p(f"And {others}.", class_="note")] if others else []))


def _contact(contact: ContactView, wait: WaitView, now: float) -> Tag:
    name: list[Cell] = [tags.span(contact.contact, class_="id")]
    if wait.call_back:
        name.append(tags.span("call-back", class_="tag"))
    if contact.dialplan:
        name.append(tags.small(contact.dialplan))
    return tags.tr(
        tags.th(*_lines(name), scope="row"),
        tags.td(*_lines([contact.queue, *_small(_through(wait))]), class_="words"),
        tags.td(str(wait.position)),
        tags.td(str(wait.priority)),
        tags.td(duration(wait.waited)),
        tags.td(clock(wait.since)),
        tags.td("–" if wait.expected is None else duration(wait.expected)),
        tags.td(*_lines([wait.needs, *_small(_relaxed(wait))]), class_="words"),
        tags.td(*_rung(wait, now), class_="words"),
    )


def _through(wait: WaitView) -> str:
    return f"from {', '.join(wait.through)}" if wait.through else ""


def _relaxed(wait: WaitView) -> str:
    told = f"relaxed {wait.step}×: {wait.why}" if wait.step else wait.why
    rather = f"rather {', '.join(wait.preferred)}" if wait.preferred else ""
    return "; ".join(filter(None, (told, rather)))


def _rung(wait: WaitView, now: float) -> list[Cell]:
    """Name all agents who are rung, those together who began together."""
    if not wait.rung:
        return [tags.small(_times(wait.offers, "offer"))] if wait.offers else ["–"]
    groups: dict[str, list[str]] = {}
    for offer in wait.rung:
        groups.setdefault(_phase(offer, now), []).append(offer.agent)
    return _lines(tags.span(", ".join(names), tags.small(f" {phase}")) for phase, names in groups.items())


def _phase(offer: OfferView, now: float) -> str:
    left = f", {duration(max(0.0, offer.until - now))} left" if offer.until is not None else ""
    return f"{offer.phase}{left}"


def agents(found: Sequence[AgentView], now: float) -> Tag:
    """Show every agent; where there are too many, those who are logged in."""
    counts = Counter(agent.state for agent in found)
    summary = ", ".join(f"{counts[state]} {_words(state)}" for state in COUNTED if counts[state])
    shown = found if len(found) <= AGENTS_SHOWN else [one for one in found if one.state != "logged_out"]
    shown = shown[:AGENTS_SHOWN]
    note = [summary.capitalize()] if summary else []
    if len(shown) < len(found):
        note.append(f"{len(shown)} of {len(found)} are shown: `ivrcore agent list` gives all")
    rows = (_agent(agent, now) for agent in shown)
    listed = table("Agents", AGENTS, rows, "No agent is configured.")
    return tags.section(listed, tags.p(*(f"{one}. " for one in note), class_="note"))


def _agent(agent: AgentView, now: float) -> Tag:
    name: list[Cell] = [agent.display]
    if agent.display != agent.name:
        name.append(tags.small(agent.name))
    return tags.tr(
        tags.th(*_lines(name), scope="row"),
        tags.td(*_state(agent, now), class_="words"),
        tags.td("–" if agent.seconds_in_state is None else duration(agent.seconds_in_state)),
        tags.td(PHONES.get(Device(agent.device), "–"), class_=_phone_class(agent.device)),
        tags.td(*_hand(agent, now), class_="words wide"),
        tags.td(f"{agent.missed} in a row" if agent.missed else "–", class_="bad" if agent.missed else ""),
        tags.td(_levels({name: agent.tiers.get(name, 1) for name in agent.queues}), class_="words"),
        tags.td(_levels(agent.skills), class_="words"),
        tags.td(str(agent.contacts)),
        tags.td("–" if agent.last_talk is None else f"{duration(now - agent.last_talk)} ago"),
    )


def _state(agent: AgentView, now: float) -> list[Cell]:
    reason = f" ({agent.reason})" if agent.reason else ""
    more = [f"{duration(max(0.0, agent.until - now))} left"] if agent.until is not None else []
    if agent.then:
        more.append(f"then {_words(agent.then)}")
    state = tags.span(_words(agent.state), class_=f"state {agent.state}")
    return _lines([tags.span(state, reason), *_small(", ".join(more))])


def _hand(agent: AgentView, now: float) -> list[Cell]:
    """Say ``2 of 3``, and which they are."""
    if not agent.in_hand and agent.capacity == 1:
        return ["–"]
    # each of these makes a tag of its own: `map(tags.small, …)` would put all texts into one
    held = [f"{one.contact} in {one.queue}, {_phase(one, now)}" for one in agent.in_hand]
    return _lines([f"{len(agent.in_hand)} of {agent.capacity}", *(tags.small(one) for one in held)])


def _phone_class(device: str) -> str:
    return {Device.UNREACHABLE: "bad", Device.BUSY: "fair"}.get(Device(device), "")


def _levels(levels: Mapping[str, int]) -> str:
    return ", ".join(f"{name}\u00a0{level}" for name, level in levels.items()) or "–"


def _times(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''} in vain"


def _small(text: str) -> list[Cell]:
    return [tags.small(text)] if text else []


def _lines(parts: Iterable[Cell]) -> list[Cell]:
    """Put each part on a line of its own."""
    found: list[Cell] = []
    for part in parts:
        found += [tags.br(), part] if found else [part]
    return found


def _words(state: str) -> str:
    return state.replace("_", " ")
