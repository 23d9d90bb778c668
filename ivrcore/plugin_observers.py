"""One plugin's observer of events: which it is shown, and what becomes of what it raises."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ivrcore.errors import PLUGIN_FAULTS, Misfit
from ivrcore.hookspecs import OBSERVED
from ivrcore.model.events import PluginFailed
from ivrcore.plugin_contract import nothing
from ivrcore.plugin_words import describe, named, traced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivrcore.journal.record import Record
    from ivrcore.model.event import Event

HOOK = "ivrcore_event"

log = logging.getLogger("ivrcore.plugins")


class EventObserver:
    """Shows one plugin events; ``tell`` is given (plugin, hook, error) of a failure.

    A plugin that raises at every event is reported the 1st, 10th, 100th … time, and never for a
    :class:`PluginFailed` event: its report would be the next such event, without end.
    """

    def __init__(
        self,
        plugin: str,
        function: Callable[..., object],
        arguments: Sequence[str],
        tell: Callable[[str, str, BaseException], None],
        *,
        trace: bool,
    ) -> None:
        self.plugin = plugin
        self.of: frozenset[type[Event]] | None = getattr(function, OBSERVED, None)
        """Classes of the events that it asks for; None: all."""
        self._function = function
        self._arguments = arguments
        self._alone = tuple(arguments) == ("event",)
        """Whether it asks for nothing but the event, as most do."""
        self._tell = tell
        self._trace = trace
        self._failures = 0

    def observe(self, record: Record) -> None:
        """Show it what a record of the journal holds; see `show`."""
        self.show(record.seq, record.event)

    def show(self, seq: int, event: Event) -> None:
        """Show it an event, whatever class that is of; what it raises is told, and comes no further."""
        if self._trace:
            traced(self.plugin, HOOK, {"seq": seq, "event": event})
        try:
            nothing(self._function(event) if self._alone else self._call(seq, event))
        except Misfit as misfit:
            self._failed(event, named(misfit, self.plugin, HOOK, self._function))
        except PLUGIN_FAULTS as error:
            self._failed(event, error)

    def _call(self, seq: int, event: Event) -> object:
        return self._function(*[{"seq": seq, "event": event}[name] for name in self._arguments])

    def _failed(self, event: Event, error: BaseException) -> None:
        if isinstance(event, PluginFailed):
            log.error("plugin %s failed on PluginFailed: %s", self.plugin, describe(error))
            return
        self._failures += 1
        if str(self._failures).strip("0") == "1":
            self._tell(self.plugin, HOOK, error)
