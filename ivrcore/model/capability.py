"""What drivers can do with a leg: said once, for the drivers, for `ivrcore check`, and for the docs."""

from enum import StrEnum


class Capability(StrEnum):
    """What a driver can do with a leg; a dialplan that needs more is refused by `ivrcore check`."""

    PLAY = "play"
    KEYS = "keys"
    AUDIO = "audio"
    EARLY_MEDIA = "early_media"
    MUSIC = "music"
    BRIDGE = "bridge"
    DIAL = "dial"
    """Ring a phone for a caller, and join the two."""
    RECORD = "record"
    DIAL_ALONE = "dial_alone"
    """Ring a phone without a caller who waits for it: call-backs, consulting somebody."""
    WITHDRAW = "withdraw"
    """End a dialled leg while it rings or talks."""
    PART = "part"
    """Take joined legs apart while both are there."""
    STOP_RECORD = "stop_record"
    """End a recording before its caller does."""
    DEVICES = "devices"
    """Tell what phones are doing, what they put on hold, and whom they send on."""


AGI_CAN = frozenset(
    {
        Capability.PLAY,
        Capability.KEYS,
        Capability.EARLY_MEDIA,
        Capability.MUSIC,
        Capability.DIAL,
        Capability.BRIDGE,
    }
)
"""What every leg on AGI can."""
