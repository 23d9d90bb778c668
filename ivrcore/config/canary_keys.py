"""The keys of the section `canary`; see :mod:`ivrcore.config.keys`."""

from __future__ import annotations

from ivrcore.dialplan.keys import Key

CANARY = {
    key.name: key
    for key in (
        Key("number", "number", "needed", "which of the dialplans' numbers is called"),
        Key("every", "duration, 10s to 1h", "`1m`", "how often"),
        Key("keys", "keys `0-9*#`", "none", "what is pressed, one key in each menu that it comes to"),
        Key("within", "duration, 1s to 1m", "`5s`", "how long each thing may take that is waited for"),
        Key("context", "context", "`ivrcore-inbound`", "where in Asterisk's dialplan the number is dialled"),
        Key("pbxs", "PBX, or a list of them", "all", "at which of several PBXs"),
        Key("always_open", "yes or no", "`no`", "it is a fault if the dialplan ends the call by itself"),
    )
}
