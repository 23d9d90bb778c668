"""Messages that dialplans let callers leave: begun, stopped, and taken up again after a restart."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.adopted_recording import AdoptedRecording
from ivrcore.answerers.recording import Recording
from ivrcore.errors import ServiceMissing
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.answerers.recording import Tape
    from ivrcore.config import MailboxConfig
    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.model.names import Scalar
    from ivrcore.session.begun import Begun
    from ivrcore.session.ports import Call, Done
    from ivrcore.session.unkept import Unkept

SILENCE = 4.0
LONGEST_SILENCE = 60.0


class Recordings:
    """Answers `Service.RECORD`; ``put_off`` tries again what could not be fetched or kept."""

    def __init__(self, tape: Tape, put_off: Callable[[Unkept], object]) -> None:
        self._tape = replace(tape, put_off=put_off)
        self._open: dict[str, Recording] = {}

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        mailbox = self._tape.mailboxes.get(asked.name)
        if mailbox is None:
            raise ServiceMissing(f"no mailbox {asked.name} is configured")
        order = _order(asked, mailbox)
        forget = partial(self._open.pop, asked.request, None)
        recording = Recording(self._tape, asked.name, order, call, done, forget)
        self._open[asked.request] = recording
        full = self._tape.full(asked.name, mailbox.most)
        full.addCallbacks(
            lambda is_full: call.enter(partial(recording.start, is_full=is_full)),
            lambda why: call.enter(partial(recording.failed, why)),
        )

    def take_up(
        self, begun: Begun, _line: legs.Leg | None, call: Call, done: Done, again: Callable[[], object]
    ) -> None:
        """See :class:`ivrcore.session.ports.TakesUp`."""
        forget = partial(self._open.pop, begun.request, None)
        recording = AdoptedRecording(self._tape, begun, call, done, forget, again)
        self._open[begun.request] = recording
        recording.take_up()

    @property
    def open(self) -> frozenset[str]:
        """The requests of which something is left to be done."""
        return frozenset(self._open)

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`: what was said so far is kept."""
        recording = self._open.get(request)
        if recording is not None:
            recording.stop()


def _order(asked: DoAsk, mailbox: MailboxConfig) -> legs.Record:
    payload = asked.payload
    longest = min(_seconds(payload.get("longest"), mailbox.longest), mailbox.longest)
    silence = min(max(_seconds(payload.get("silence"), SILENCE), 1.0), LONGEST_SILENCE)
    terminator = str(payload.get("terminator", "#"))
    return legs.Record(asked.request, longest, silence, terminator if terminator in ("#", "*") else "")


def _seconds(value: Scalar, default: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if good and isinstance(value, int | float) else default
