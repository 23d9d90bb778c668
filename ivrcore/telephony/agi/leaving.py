"""The last word to Asterisk's dialplan when the driver lets go of a call: what its lines are to do with it.

Said in the call's session, so only where that is not busy with a phone that rings or talks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.telephony import variables
from ivrcore.telephony.agi.leg import Task

if TYPE_CHECKING:
    from ivrcore.telephony.agi.leg import AgiLeg

LAST_WORD_SECONDS = 0.5
"""Longest wait until Asterisk has taken it of every call."""
STOPPED = "stopped"
"""What ``IVRCORE_RESULT`` says of a call that was let go since the server ends."""


class LastWord(Task, frozen=True, eq=False):
    """Set a variable, and give the call back."""

    variable: str
    value: str

    def run(self, caller: AgiLeg) -> None:
        """See :class:`Task`."""
        caller.agi.set_variable(self.variable, self.value)
        caller.go_on()


STOP = LastWord(variables.RESULT, STOPPED)
"""The server ends: asking again is of no use."""
ASK_AGAIN = LastWord(variables.AGAIN, "1")
"""Another process has the calls in a moment."""
