"""What a caller's channel does for a phone: dial it, and be joined with it.

`Dial` with its option G gives both sides back once the phone answered: the caller's to the session that
dialled, the phone's to a context that begins a session of its own. `Bridge` then joins them for as long as
both stay. Both applications keep the caller's session busy until they are over.

The Dial outlives a session that dies. Who picks up then finds nobody who could join the two, so the caller's
channel is told before where its own dialplan goes on: there it asks for us again.
"""

from __future__ import annotations

import contextlib
import logging
import re
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import RequestFailed
from ivrcore.model.names import By, Cause
from ivrcore.telephony import leg as contract
from ivrcore.telephony import variables
from ivrcore.telephony.agi.dialled import DialledLeg, Stage
from ivrcore.telephony.agi.leg import AgiLeg, Task, line_behind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.telephony.agi.config import AgiConfig

log = logging.getLogger(__name__)

LEG_VARIABLE = "__IVRCORE_LEG"
"""Variable that names the leg; the underscores give it to the dialled channel too."""
LONGEST_TALK = 86_400.0
"""Seconds, where the site's own dialplan limits the call."""
OWN_LIMIT = "${TIMEOUT(absolute)}"
NO_LIMIT = ("", "0", "0.000")
"""What it says where there is none, or no such function."""
SPARE_SECONDS = 10.0
"""Beyond the time of ringing, in which Asterisk must have given up."""
STATUS = {
    "BUSY": Cause.BUSY,
    "NOANSWER": Cause.NO_ANSWER,
    "CHANUNAVAIL": Cause.UNREACHABLE,
    "CONGESTION": Cause.CONGESTION,
    "CANCEL": Cause.NORMAL,
}
"""What DIALSTATUS says, as a cause; HANGUPCAUSE may be an earlier call's."""
REFUSED = ("BUSY", "CONGESTION")
"""Of which HANGUPCAUSE says more: busy, or rejected."""

_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_./:@+~*#%=;\[\]-]+", re.ASCII)
_CHANNEL = re.compile(r"[A-Za-z0-9_./:@+~*#%=;\[\]-]+", re.ASCII)
_MUSIC = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
_PLACE = re.compile(r"[\w.*#+/@-]+")
"""A context or an extension that can stand in a `Goto`."""


def options(config: AgiConfig, music: str) -> str:
    """Give Dial's options: both sides are given back after the answer; the caller hears music, or ringing."""
    heard = f"m({music})" if _MUSIC.fullmatch(music) else "r"
    return f"G({config.answered_context}^s^1){heard}"


def way_back(environment: Mapping[str, str]) -> str:
    """Give the line behind ours as `Goto` takes it, from what the session began with; "" if it cannot."""
    context, extension = environment.get("agi_context", ""), environment.get("agi_extension", "")
    if not (_PLACE.fullmatch(context) and _PLACE.fullmatch(extension)):
        return ""
    return f"{context},{extension},{line_behind(environment)}"


class DialOut(Task, frozen=True, eq=False):
    """Ring a phone, on the caller's channel."""

    leg: DialledLeg

    def run(self, caller: AgiLeg) -> None:
        """Dial; returns once the phone answered or does not any more."""
        leg, agi = self.leg, caller.agi
        if leg.hang_up is not None:
            leg.over(Cause.NORMAL, By.SERVER)
            return
        if not _ENDPOINT.fullmatch(leg.dial.endpoint):
            leg.fail(RequestFailed.code)
            return
        self._show(caller)
        agi.set_variable(LEG_VARIABLE, leg.id)
        agi.set_variable(variables.BACK, way_back(caller.connection.environment))
        seconds = max(1, round(leg.dial.time_out))
        caller.connection.lasts = seconds + SPARE_SECONDS
        try:
            agi.appexec(
                "Dial", f"{leg.dial.endpoint},{seconds},{options(caller.connection.config, caller.music)}"
            )
        except RequestFailed as error:
            caller.check_alive()
            leg.dial_over()
            leg.fail(error.code)
            return
        leg.dial_over()
        self._dialled(caller)
        caller.music_again()

    def _show(self, caller: AgiLeg) -> None:
        shown = {"CALLERID(num)": self.leg.dial.caller_number, "CALLERID(name)": self.leg.dial.caller_name}
        for name, value in shown.items():
            if value:
                caller.agi.set_variable(name, value)

    def _dialled(self, caller: AgiLeg) -> None:
        status = caller.agi.get_variable("DIALSTATUS")
        if status == "ANSWER":
            caller.stay_in_dialplan()
            config = caller.connection.config
            missing = partial(self._not_brought, config.answered_context)
            self.leg.expect(caller.connection.call_later(config.request_seconds, missing))
            return
        cause: int = STATUS.get(status, Cause.TEMPORARY_FAILURE)
        if status in REFUSED and caller.agi.get_variable("HANGUPCAUSE") == str(int(Cause.REJECTED)):
            cause = Cause.REJECTED
        self.leg.over(cause, By.AGENT)

    def _not_brought(self, context: str) -> None:
        """It answered, and began no session here: mostly since the dialplan lacks the lines for that."""
        if not self.leg.ended:
            log.warning(
                "%s answered, but Asterisk did not bring it here: is the context [%s] of the sample in"
                " extensions.conf?",
                self.leg.dial.endpoint,
                context,
            )
        self.leg.fail(RequestFailed.code)

    def dropped(self) -> None:
        """The caller is gone."""
        self.leg.dial_over()
        self.leg.caller_gone()


class JoinWith(Task, frozen=True, eq=False):
    """Join the caller with a phone that is up."""

    leg: DialledLeg
    bridge: str

    def run(self, caller: AgiLeg) -> None:
        """Join; returns once one of the two is gone."""
        leg = self.leg
        if leg.stage is not Stage.UP or leg.session is None or not _CHANNEL.fullmatch(leg.name):
            self._not_joined(caller)
            return
        leg.bridge, leg.session.joining = self.bridge, True
        caller.stop_music()
        limited = self._limit(caller)
        if caller.hanging_up:  # since; nothing of ours ends a bridge
            if leg.session is not None:
                leg.bridge, leg.session.joining = "", False
            return
        caller.connection.lasts = max(LONGEST_TALK, caller.connection.config.longest_talk)
        with contextlib.suppress(RequestFailed):
            caller.agi.appexec("Bridge", f"{leg.name},x")
        caller.check_alive()  # it says nothing of who left
        if limited:
            caller.agi.set_autohangup(0)
        if leg.joined:
            leg.over(Cause.NORMAL, By.AGENT)
        else:
            self._not_joined(caller)

    def _limit(self, caller: AgiLeg) -> bool:
        """Have Asterisk end the call after the longest talk, if the site's dialplan has no limit of its own.

        Not by `Bridge`: its option L does nothing without a warning that is heard.
        """
        if caller.agi.get_full_variable(OWN_LIMIT) not in NO_LIMIT:
            return False
        caller.agi.set_autohangup(round(caller.connection.config.longest_talk))
        return True

    def _not_joined(self, caller: AgiLeg) -> None:
        caller.tell(contract.Failed(None, RequestFailed.code))
        self.leg.not_joined()

    def dropped(self) -> None:
        """The caller is gone; a phone that is not joined yet is its owner's to end."""
        self.leg.caller_gone()
