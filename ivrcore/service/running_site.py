"""What a new roster has to be given to in a running server, and who may object to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.config import CONFIG_FILE
from ivrcore.config.plans import site_of
from ivrcore.config.rules import PROMISED
from ivrcore.location import Location
from ivrcore.problems import Problem, quoted
from ivrcore.routing.commands import LoadRoster
from ivrcore.service.spoken import of_site, speak

if TYPE_CHECKING:
    import asyncio

    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.config import Config, QueueVoice
    from ivrcore.config.hearing import Heard
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.prompts import Prompts
    from ivrcore.versions import Library


HOW = "move them with `ivrcore contact move`, or keep the queue without agents of its own until they are over"


def _promised(queue: str, count: int) -> str:
    return f"queue {quoted(queue)} is gone, but {count} of its callers wait to be called back"


@dataclass(frozen=True, slots=True)
class RunningSite:
    """The parts of a running server that know queues and agents. ``voices`` is what its calls look into."""

    library: Library
    prompts: Prompts
    voices: dict[str, QueueVoice]
    call_backs: CallBacks
    exchange: Exchange
    heard: Callable[[], Heard]
    loop: asyncio.AbstractEventLoop
    taken: Callable[[Config], None]
    """Told of what is in force from now on, or still is: it tries again to load missing recognisers."""

    async def objections(self, config: Config) -> Sequence[Problem]:
        """See :class:`ivrcore.service.live_config.Site`."""
        queues = {queue.name for queue in config.queues}
        place = Location(str(config.folder / CONFIG_FILE), 1)
        promised = Counter(one.queue for one in self.call_backs.open.values() if one.queue not in queues)
        return [
            *await self.library.objections(lambda: site_of(config, self.heard())),
            *(Problem(PROMISED, place, _promised(queue, count), HOW) for queue, count in promised.items()),
        ]

    async def prepare(self, config: Config) -> None:
        """See :class:`ivrcore.service.live_config.Site`."""
        await speak(self.prompts, of_site(config), self.loop)

    def take(self, config: Config) -> None:
        """See :class:`ivrcore.service.live_config.Site`."""
        self.exchange.order(LoadRoster(config.queues, config.agents))
        self.voices.clear()
        self.voices.update(config.queue_voices)
        self.call_backs.serve(queue.name for queue in config.queues)
        self.taken(config)

    def load_again(self, config: Config) -> None:
        """See :class:`ivrcore.service.live_config.Site`."""
        self.taken(config)
