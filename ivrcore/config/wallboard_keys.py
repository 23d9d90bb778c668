"""The keys of ``wallboard:``, as :mod:`ivrcore.config.keys` has those of the other sections."""

from __future__ import annotations

from ivrcore.dialplan.keys import Key


def keyed(*keys: Key) -> dict[str, Key]:
    """Give keys by name."""
    return {key.name: key for key in keys}


WALLBOARD = keyed(
    Key("time_zone", "`Asia/Seoul`, …", "`UTC`", "where a day begins at midnight"),
    Key("queues", "name: these keys", "", "levels of a queue, in place of those for all"),
)

LEVELS = keyed(
    Key("waiting_warning", "whole number", "never", "so many wait"),
    Key("waiting_critical", "whole number", "never", "the same, critical"),
    Key("longest_wait_warning", "duration", "the queue's `threshold`", "somebody waits for so long"),
    Key("longest_wait_critical", "duration", "3 times that", "the same, critical"),
    Key("expected_wait_warning", "duration", "never", "who comes now waits for so long"),
    Key("expected_wait_critical", "duration", "never", "the same, critical"),
    Key("service_level_warning", "0 to 1", "the queue's `objective`", "today's service level is lower"),
    Key(
        "service_level_critical", "0 to 1", "twice as far from 1", "the same, critical: 0.6 where that is 0.8"
    ),
    Key("abandoned_warning", "0 to 1", "`0.05`", "a larger share of today's visits was abandoned"),
    Key("abandoned_critical", "0 to 1", "`0.1`", "the same, critical"),
)
