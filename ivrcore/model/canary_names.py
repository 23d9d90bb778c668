"""The closed sets of words of the canary: a call of our own that tries the hotline."""

from __future__ import annotations

from enum import StrEnum


class CanaryStage(StrEnum):
    """How far a canary's call came, in this order."""

    ARRIVED = "arrived"
    """Asterisk brought it to this server."""
    ANSWERED = "answered"
    HEARD = "heard"
    """Sound came to the calling side: a greeting, or a menu's prompt."""
    WALKED = "walked"
    """Every key that is configured led to a choice."""
    ENDED = "ended"
    """Both sides are gone after hanging up."""


class CanaryResult(StrEnum):
    """What came of a canary's call: that all is well, or the first stage that it did not come to."""

    PASSED = "passed"
    CLOSED = "closed"
    """The dialplan ended the call by itself once something was heard: out of hours, or an emergency."""
    NOT_ARRIVED = "not_arrived"
    NOT_ANSWERED = "not_answered"
    NOT_HEARD = "not_heard"
    NOT_WALKED = "not_walked"
    NOT_ENDED = "not_ended"
    NOT_HERE = "not_here"
    """Answered by somebody else: the node's other server, or Asterisk's fallback."""
    NOT_TRIED = "not_tried"
    """The call before was not over."""


GOOD = frozenset({CanaryResult.PASSED, CanaryResult.CLOSED})
"""Results with which callers can be served."""
