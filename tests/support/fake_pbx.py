"""One of several PBXs in memory, as `ivrcore.telephony.ari.pbxs` uses it."""

from __future__ import annotations

from collections.abc import Callable

from ivrcore.model.names import Device
from ivrcore.testing import FakeLeg, FakeSwitch, Time


class FakePbx(FakeSwitch):
    """A switch that tells when a leg is gone, and knows phones that are rung from elsewhere."""

    def __init__(self, clock: Time) -> None:
        super().__init__(clock)
        self.on_gone: Callable[[str], None] = lambda _channel: None
        self.why_not = ""
        self.rung: dict[str, str] = {}
        """Channel elsewhere -> our phone that it rings."""

    def rung_from_elsewhere(self, endpoint: str, channel: str) -> None:
        self.rung[channel] = endpoint

    def left_by_elsewhere(self, channel: str) -> None:
        del self.rung[channel]

    def lose_phones(self) -> None:
        for endpoint in self._watched:
            self._told[endpoint] = Device.UNREACHABLE
            self._on_device(endpoint, Device.UNREACHABLE)

    def forget(self, leg: FakeLeg) -> None:
        super().forget(leg)
        self.on_gone(leg.channel)

    def restart(self) -> None:
        """Asterisk dies and is started again: no call of it is left, which is seen when the link is back."""
        self.go_away("lost")
        for leg in list(self.legs.values()):
            leg.crash()
        self.devices.clear()

    def unplugged(self, endpoint: str) -> None:
        """A phone that is not registered any more."""
        self.devices[endpoint] = Device.UNREACHABLE
