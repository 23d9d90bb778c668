"""The links to Asterisk, as the configuration has them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ivrcore.addresses import is_loopback
from ivrcore.config.model import AudioWay as ConfiguredAudio
from ivrcore.config.model import RequestWay as ConfiguredRequests
from ivrcore.metrics.rows import AgiNow
from ivrcore.model.pbx import MAIN, driver_of
from ivrcore.service.switches import Switches
from ivrcore.session.routed import Patience
from ivrcore.session.routing_desk import Refuses, RoutingDesk
from ivrcore.telephony.ari.abilities import AudioWay, RequestWay
from ivrcore.telephony.ari.config import AriConfig
from ivrcore.telephony.ari.pbxs import Pbxs
from ivrcore.telephony.ari.switch import AriSwitch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ivrcore.config import Config, FastAgiConfig
    from ivrcore.config.model import AsteriskConfig
    from ivrcore.service.incidents import Incidents
    from ivrcore.session.exchange import Exchange
    from ivrcore.telephony.aeap.claims import Claims
    from ivrcore.telephony.agi.server import Listen
    from ivrcore.telephony.agi.switch import AgiSwitch


def make_switches(
    config: Config,
    reactor: Any,
    now: Callable[[], float],
    incidents: Incidents,
    link_up: Callable[[str, float, str], None],
    claims: Claims,
) -> Switches:
    """Make what the configuration wants, not started. ``now`` gives UTC seconds.

    ``link_up`` is told the PBX, the seconds that it was away, and who it is.
    ``claims`` are those of the AEAP server, by which callers who come by AGI are heard, if the site has one.
    """
    ari = make_pbxs(config, reactor, now, incidents, link_up) if config.asterisk.ari else None
    if config.fastagi is None:
        return Switches(ari, None, reactor)
    engine = config.aeap.engine if config.aeap else ""
    longest = config.asterisk.longest_call
    pbxs = config.asterisk.every
    return Switches(ari, make_agi(config.fastagi, engine, longest, reactor, now, claims, pbxs), reactor)


def make_agi(
    wanted: FastAgiConfig,
    engine: str,
    longest_talk: float,
    reactor: Any,
    now: Callable[[], float],
    claims: Claims,
    pbxs: Iterable[str],
) -> AgiSwitch:
    """Make the driver of AGI, not started; ``pbxs`` are those whose calls there may be.

    ``now`` gives UTC seconds.
    """
    from ivrcore.telephony.agi.config import AgiConfig  # of no use to a site without AGI, as all of it
    from ivrcore.telephony.agi.switch import AgiSwitch

    config = AgiConfig(
        secret=wanted.secret,
        host=wanted.host,
        port=wanted.port,
        allow=wanted.allow,
        certificate=wanted.certificate,
        key=wanted.key,
        sessions=wanted.sessions,
        speech_engine=engine,
        longest_talk=longest_talk,
        pbxs=frozenset(pbxs),
    )
    return AgiSwitch(config, reactor, claims=claims, utc=now)


def serve_agi(
    switches: Switches,
    config: Config,
    exchange: Exchange,
    served: Callable[[str], object],
    refuses: Refuses,
    listen: Listen | None = None,
) -> None:
    """Let dialplans of Asterisk's own ask for what the configuration allows; before the start.

    ``listen`` may have the socket already.
    """
    wanted = config.fastagi
    if switches.agi is not None and wanted is not None:
        from ivrcore.service.agi_scripts import add_scripts

        switches.agi.server.listen = listen
        patience = Patience(wanted.away, config.asterisk.longest_call)
        desk = RoutingDesk(exchange, wanted.longest_wait, patience, refuses)
        add_scripts(switches.agi, desk, wanted.numbers, served)


def agi_now(switches: Switches) -> AgiNow | None:
    """Give what metrics show of AGI at this moment; None where the site has none."""
    if switches.agi is None:
        return None
    from ivrcore.telephony.agi.server import ENDS, REFUSALS

    server = switches.agi.server
    refused = {why: server.refused[why] for why in REFUSALS}
    ended = {how: server.ends[how] for how in ENDS}
    return AgiNow(server.listening, len(server.connections), server.config.sessions, refused, ended)


def make_pbxs(
    config: Config,
    reactor: Any,
    now: Callable[[], float],
    incidents: Incidents,
    link_up: Callable[[str, float, str], None],
) -> Pbxs:
    """Make the links to all PBXs, not started."""
    made = {
        name: make_ari(config, reactor, now, incidents, partial(link_up, name), name)
        for name in config.asterisk.every
    }
    return Pbxs(made, reactor)


def make_ari(
    config: Config,
    reactor: Any,
    now: Callable[[], float],
    incidents: Incidents,
    link_up: Callable[[float, str], None],
    pbx: str = MAIN,
) -> AriSwitch:
    """Make one, not started; what befalls it is journalled. ``now`` gives UTC seconds."""
    asterisk = config.asterisk.every[pbx]
    wanted = AriConfig(
        url=f"{asterisk.url.rstrip('/')}/ari",
        user=asterisk.user,
        password=asterisk.password,
        app=config.app,
        pbx=pbx,
        request_seconds=asterisk.request_timeout,
        requests=_requests(asterisk),
        audio=_audio(asterisk),
        rtp_ports=asterisk.rtp_ports,
        rtp_address=asterisk.rtp_address,
    )
    switch = AriSwitch(wanted, reactor, utc=now)
    switch.on_up = link_up
    switch.on_down = partial(incidents.link_down, driver_of(pbx))
    switch.on_orphan = incidents.orphan
    return switch


def _requests(asterisk: AsteriskConfig) -> RequestWay | None:
    return None if asterisk.requests is ConfiguredRequests.AUTO else RequestWay(asterisk.requests)


def _audio(asterisk: AsteriskConfig) -> AudioWay | None:
    """Give the forced way. RTP is not encrypted: without leave it does not cross a network by itself."""
    if asterisk.audio is not ConfiguredAudio.AUTO:
        return AudioWay(asterisk.audio)
    here = is_loopback(urlsplit(asterisk.url).hostname or "")
    return None if here or asterisk.allow_remote else AudioWay.WEBSOCKET
