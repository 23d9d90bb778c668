"""The keys of the section `overload`; see :mod:`ivrcore.config.keys`."""

from __future__ import annotations

from ivrcore.dialplan.keys import Key

OVERLOAD = {
    key.name: key
    for key in (
        Key("calls_per_second", "0.1 to 10000", "no limit", "new calls that are taken in a second"),
        Key("burst", "1 to 10000", "those of a second", "how many may come at once after a quieter time"),
        Key(
            "contacts",
            "1 to 100000",
            "no limit",
            "contacts in progress; call-backs that only wait are not counted",
        ),
        Key("lag", "duration, 50ms to 10s", "no limit", "how late the event loop may be"),
        Key("streams", "1 to 100000", "no limit", "callers who are listened to at once"),
        Key(
            "action",
            "`congestion`, `busy`, `play`, `dial`, `fallback`",
            "`congestion`",
            "refuse; play and hang up; dial another site; or do as `fallback` of `asterisk` says",
        ),
        Key(
            "sound", "sound", "", "Asterisk's own name of a sound; needed for `play`, heard first for `dial`"
        ),
        Key("dial", "endpoint", "", "such as `PJSIP/site2`; needed for `dial`"),
        Key("ring_time", "duration", "`30s`", "how long `dial` rings"),
    )
}
