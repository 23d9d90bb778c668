"""The metrics' figures as the web shows them, so that page, API and Prometheus say the same. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from ivrcore.journal.record import Record
from ivrcore.metrics.figures import AgentFigures, Figures, OpenContact
from ivrcore.metrics.rows import count_states
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import PromptEnd
from ivrcore.web.view import AgentView, ContactView, Place, Problem, QueueView

KEPT_PROBLEMS = 20


def agents(figures: Figures, now: float) -> list[AgentView]:
    """Give every agent, by name."""
    return [_agent(name, agent, now) for name, agent in sorted(figures.agents.items())]


def _agent(name: str, agent: AgentFigures, now: float) -> AgentView:
    return AgentView(
        name=name,
        display=agent.display or name,
        state=agent.state,
        seconds_in_state=None if agent.since is None else max(0.0, now - agent.since),
        reason=agent.reason,
        queues=agent.queues,
        contacts=agent.contacts,
    )


def queues(figures: Figures, now: float) -> list[QueueView]:
    """Give every queue that is configured now, in the configuration's order."""
    waiting = figures.waiting()
    return [_queue(figures, facts.name, waiting[facts.name], now) for facts in figures.roster]


def _queue(figures: Figures, name: str, entered: Sequence[float], now: float) -> QueueView:
    queue = figures.queues[name]
    offered = queue.answered + queue.abandoned
    return QueueView(
        name=name,
        waiting=len(entered),
        longest_wait=max(0.0, now - min(entered)) if entered else 0.0,
        entered=queue.entered,
        answered=queue.answered,
        abandoned=queue.abandoned,
        left=sum(queue.left.values()),
        threshold=queue.threshold,
        service_level=queue.answered_in_threshold / offered if offered else None,
        agents=count_states(agent for agent in figures.agents.values() if name in agent.queues),
    )


def contacts(figures: Figures, now: float) -> list[ContactView]:
    """Give every contact in progress, the longest first."""
    return [_contact(name, contact, now) for name, contact in figures.open.items()]


def _contact(name: str, contact: OpenContact, now: float) -> ContactView:
    place = Place.AGENT if contact.agent else Place.QUEUE if contact.queue else Place.MENU
    return ContactView(
        contact=name,
        dialplan=contact.plan,
        arrived=contact.arrived,
        seconds=max(0.0, now - contact.arrived),
        place=place,
        queue=contact.queue,
        agent=contact.agent,
    )


class RecentProblems:
    """Remembers the last things that went wrong; subscribe `observe` to the journal.

    ``unplayable`` is told in words of every prompt that fails, once per name: nothing else logs those.
    """

    def __init__(self, unplayable: Callable[[str], None] = lambda _: None) -> None:
        self._last: deque[Problem] = deque(maxlen=KEPT_PROBLEMS)
        self._unplayable = unplayable
        self._playing: dict[str, str] = {}
        """Playback -> the prompt's name."""
        self._failed: set[str] = set()

    def observe(self, record: Record) -> None:
        """Take a record; most are no problem."""
        words = self._of_prompt(record.event) or _in_words(record.event)
        if words:
            self._last.appendleft(Problem(at=record.event.at, what=words))

    def _of_prompt(self, event: Event) -> str:
        match event:
            case events.PromptStarted():
                self._playing[event.playback] = event.name
            case events.PromptEnded():
                name = self._playing.pop(event.playback, event.playback)
                if event.how is PromptEnd.FAILED and name not in self._failed:
                    self._failed.add(name)
                    words = f"Prompt {name} could not be played: no such file, or Asterisk cannot read it"
                    self._unplayable(words)
                    return words
        return ""

    def newest_first(self) -> tuple[Problem, ...]:
        """Give them."""
        return tuple(self._last)


def _in_words(event: Event) -> str:
    match event:
        case events.LinkWentDown():
            return f"Link to Asterisk ({event.driver}) lost: {event.reason}"
        case events.CommandFailed():
            return (
                f"Command {event.command} failed ({event.code}{f', {event.status}' if event.status else ''})"
            )
        case events.PluginFailed():
            return f"Plugin {event.plugin} failed in {event.hook}: {event.error}"
        case events.RecogniserGaveUp():
            return f"Recogniser {event.engine} gave up ({event.code}); the menu went on with keys"
        case events.DialplanRefused():
            errors = "1 error" if event.errors == 1 else f"{event.errors} errors, the first"
            return f"Dialplan {event.name} did not take effect: {errors} {event.code} at {event.place}"
        case events.OrphanEnded():
            return f"A {event.what} that nobody owned: {event.action}"
        case events.AnnouncementRefused():
            return f"Announcement {event.name} was not taken: {event.problem.partition(chr(10))[0]}"
        case events.ClockJumped():
            return f"The machine's clock jumped by {event.seconds:+.1f} s"
        case _:
            return ""
