"""The emergency switch by phone: who was identified as a supervisor in this call may move it.

That is kept here, whatever the dialplan says: no step can move the switch without a PIN that was right in the
same call. A supervisor may hang up at once; what was asked takes effect all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ivrcore.announcements.drafts import SwitchDraft
from ivrcore.announcements.live import Change, LiveBoard
from ivrcore.answerers.lookups import SUPERVISORS
from ivrcore.dialplan.model import plain_number
from ivrcore.errors import IvrError, RequestRefused, ServiceError
from ivrcore.model.announcement import EVERYWHERE
from ivrcore.model.names import EmergencyAction, Scalar, Told, Via
from ivrcore.plugin_manager import describe

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.session.ports import Answerer, Call, Done

log = logging.getLogger(__name__)
TEXT = "text."
"""What begins the payload's keys for texts; the language follows."""


class Identified:
    """Answers `Service.IDENTIFY` as ``inner`` does, and keeps which supervisor a call's caller is."""

    def __init__(self, inner: Answerer) -> None:
        self._inner = inner
        self._names: WeakKeyDictionary[Call, str] = WeakKeyDictionary()

    def supervisor(self, call: Call) -> str:
        """Name the supervisor who calls; empty for everybody else."""
        return self._names.get(call, "")

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""

        def told(how: Told, values: Mapping[str, Scalar] | None = None, code: str = "") -> None:
            name = str((values or {}).get("name") or "")
            if asked.name == SUPERVISORS and how is Told.DONE and name:
                self._names[call] = name
            done(how, values, code)

        self._inner.ask(asked, call, told)

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        self._inner.stop(request)


class EmergencyByPhone:
    """Answers `Service.EMERGENCY`.

    The payload: ``action``, ``scope`` (default: all), ``number``, and texts as ``text.en``, ``text.ko``, …;
    ``text`` is one in the caller's language.
    """

    def __init__(self, board: LiveBoard, identified: Identified) -> None:
        self._board = board
        self._identified = identified

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        name = self._identified.supervisor(call)
        if not name:
            log.warning("%s: the emergency switch was asked for, but by no supervisor", call.contact)
            done(Told.REFUSED)
            return
        try:
            moving = self._board.switch(_draft(asked.payload, call.language), name, Via.PHONE)
        except RequestRefused as refused:
            log.warning("the emergency switch was not moved by phone: %s", refused)
            done(Told.REFUSED, code=refused.code)
            return

        def moved(_: Change) -> None:
            done(Told.DONE)

        def failed(failure: Failure) -> None:
            error: BaseException | None = failure.value
            assert error is not None
            ours = error if isinstance(error, IvrError) else None
            log.warning("the emergency switch was not moved by phone: %s", ours or describe(error))
            done(Told.FAILED, code=ours.code if ours else ServiceError.code)

        moving.addCallback(moved).addErrback(failed)

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`; what a supervisor asked for is not undone."""


def _draft(payload: Mapping[str, Scalar], language: str) -> SwitchDraft:
    wanted = str(payload.get("action") or "")
    if wanted not in set(EmergencyAction):
        raise ServiceError(f"the emergency switch has no position {wanted!r}")
    texts = {language: payload.get("text")} | {
        key.removeprefix(TEXT): value for key, value in payload.items() if key.startswith(TEXT)
    }
    return SwitchDraft(
        scope=plain_number(str(payload.get("scope") or EVERYWHERE)),
        action=EmergencyAction(wanted),
        texts={tag: str(text) for tag, text in texts.items() if text},
        number=plain_number(str(payload.get("number") or "")),
    )
