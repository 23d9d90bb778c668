"""A message that was being left when the server died: recorded on by Asterisk, kept once it is over.

Whether it goes on, is over or never began the switch tells: where there is nothing of a caller who is still
there, it is recorded anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.answerers.recording import Recording
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.answerers.recording import Tape
    from ivrcore.session.begun import Begun
    from ivrcore.session.ports import Call, Done


class AdoptedRecording(Recording):
    """Made before the link is up; ``again`` has it begun anew."""

    def __init__(
        self,
        tape: Tape,
        begun: Begun,
        call: Call,
        done: Done,
        forget: Callable[[], object],
        again: Callable[[], object],
    ) -> None:
        order = legs.Record(begun.request, 0.0, 0.0)
        super().__init__(tape, begun.name, order, call, done, forget)
        self._again = again

    def take_up(self) -> None:
        """Own the caller's leg."""
        self._owns = True
        self._call.hand_over(self)

    def _fetched(self, audio: legs.Fetched) -> None:
        """See :class:`Recording`."""
        if audio is legs.Unfetched.GONE and not self._call.ended:
            self._forget()
            self._again()
        else:
            super()._fetched(audio)
