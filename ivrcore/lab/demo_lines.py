"""A line per call for the demo, from the journal as the server writes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ivrcore.journal.record import Record
from ivrcore.model import events
from ivrcore.model.event import Event


@dataclass
class Story:
    """What has happened to one contact, in words."""

    number: int
    called: str
    began: float
    parts: list[str] = field(default_factory=list)


class CallLines:
    """Follows the journal; `show` prints a line for each call that ended since."""

    def __init__(self, records_after: Callable[[int], Iterator[Record]], say: Callable[[str], None]) -> None:
        self._records_after = records_after
        self._say = say
        self._seq = 0
        self._stories: dict[str, Story] = {}
        self._arrived = 0
        self._closed = 0

    def show(self) -> None:
        """Read on, and print."""
        for record in self._records_after(self._seq):
            self._seq = record.seq
            self._take(record.event)

    def all_over(self, calls: int) -> bool:
        """Whether so many calls have come and all are closed."""
        self.show()
        return self._closed >= calls

    def _take(self, event: Event) -> None:
        if isinstance(event, events.ContactArrived):
            self._arrived += 1
            self._stories[event.contact] = Story(self._arrived, event.number, event.at)
            return
        story = self._stories.get(getattr(event, "contact", ""))
        if story is None:
            return
        words = in_words(event)
        if words:
            story.parts.append(words)
        if isinstance(event, events.ContactClosed):
            self._closed += 1
            seconds = event.at - story.began
            self._say(
                f"  call {story.number:3}  {story.called}  {seconds:5.1f} s  {event.outcome:12}  "
                + ", ".join(story.parts)
            )


def in_words(event: Event) -> str:
    """Say an event in a few words; empty for those that are not shown."""
    match event:
        case events.ChoiceMade():
            return f"{'pressed' if event.by == 'key' else 'said'} {event.choice}"
        case events.NoInput():
            return "silent"
        case events.NoMatch():
            return "not understood"
        case events.ContactQueued():
            return f"queue {event.queue}"
        case events.OfferEnded():
            return f"{event.agent}: {event.how.replace('_', ' ')}"
        case events.VisitAnswered():
            return f"{event.agent} after {event.waited:.1f} s"
        case events.TalkEnded():
            return f"talked {event.talked:.1f} s"
        case events.VisitAbandoned():
            return f"gave up after {event.waited:.1f} s"
        case _:
            return ""
