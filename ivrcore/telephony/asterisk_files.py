"""The Asterisk side of a site, as files to include: who comes to the server, and what happens without it.

Nothing from a caller is evaluated: the called number is filtered to digits, ``*``, ``#`` and ``+`` before it
is used, and the caller's name and number are read over ARI only. Every other value was held to a strict
form when the configuration was read. Must not know how ARI is spoken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ivrcore.config import FallbackAction, Slot, canary
from ivrcore.model.names import Cause
from ivrcore.telephony.variables import ARGUMENT_INBOUND, ARGUMENT_SENT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ivrcore.config import AeapConfig, Config, Fallback

INBOUND = canary.INBOUND
"""The context that an admin includes into the trunk's."""
FALLBACK = "ivrcore-fallback"
"""The context that takes callers while the server is away; orphans may be sent there too."""
OVERLOAD = "ivrcore-overload"
"""The context to which the server sends callers whom it cannot take."""
AGENTS = "ivrcore-agents"
"""The context that an admin includes into that of the agents' phones: codes that they dial."""
CODE_SECONDS = 60
"""How long the call of a code may last, whatever happens."""
_NUMBER = "ivrcore-number"
_CODE = "ivrcore-code"
_CODE_DIALLED = "code,${EXTEN},${EXISTS(${BLINDTRANSFER})}"
"""With whether somebody transferred this call here: its phone did not dial the code then."""
_DIALLED = "0-9*#+"
_ANY = ("_[0-9*#+]!", "_[A-Za-z][0-9A-Za-z]!")
"""Every number and name that may be called, but not Asterisk's own ``h``, ``i``, ``s``, ``t``."""
ALIVE = "ivrcore-alive"
"""The template for endpoints whose calls end when no audio comes."""
PJSIP_FILE = "pjsip_ivrcore.conf"
SILENT_SECONDS, SILENT_ON_HOLD_SECONDS = 30, 600
"""Without a packet for so long a phone is dead: no phone says goodbye whose power or network is gone."""
_SESSIONS = 5000
"""Asterisk's default of 100 would count ARI and every caller's audio."""


def drained(slot: str) -> str:
    """Give the context to which a server of this slot sends new callers while it drains."""
    return f"ivrcore-drained-{slot}"


def asterisk_files(config: Config) -> dict[str, str]:
    """Give the files by name; those of another PBX than the first are in a folder that is called like it.

    ``ari_ivrcore.conf`` and ``aeap_ivrcore.conf`` hold secrets.
    """
    files = _files(config)
    for pbx, asterisk in config.asterisk.pbxs.items():
        files |= {f"{pbx}/{name}": text for name, text in _files(replace(config, asterisk=asterisk)).items()}
    return files


def _files(config: Config) -> dict[str, str]:
    """Give those of one PBX. A site without ARI has a dialplan of its own, and needs but the music, and
    speech."""
    own = {"musiconhold_ivrcore.conf": _music(config)}
    if config.aeap:
        own["aeap_ivrcore.conf"] = _aeap(config.aeap)
    if not config.asterisk.ari:
        return own
    return {
        "extensions_ivrcore.conf": _extensions(config),
        "ari_ivrcore.conf": _ari(config),
        "http_ivrcore.conf": _http(config),
        "chan_websocket_ivrcore.conf": _websocket(),
        PJSIP_FILE: _pjsip(),
        **own,
    }


def write_asterisk_files(config: Config, folder: Path) -> list[Path]:
    """Write the files, readable by their owner only; give their paths. Raises :class:`OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for name, text in asterisk_files(config).items():
        path = folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def stale_files(config: Config, folder: Path) -> list[Path]:
    """Give those of the folder's files that this configuration would write otherwise."""
    return [
        folder / name
        for name, text in asterisk_files(config).items()
        if (folder / name).is_file() and (folder / name).read_text(encoding="utf-8") != text
    ]


def _file(lines: Iterable[str]) -> str:
    return "\n".join(
        ("; Written by `ivrcore asterisk`: change the site's configuration instead.", *lines, "")
    )


def _extensions(config: Config) -> str:
    return _file(
        [
            "; In extensions.conf, at the end:     #include ivrcore/extensions_ivrcore.conf",
            f"; and in the context of your trunk:    include => {INBOUND}",
            f"; and in that of your agents' phones:  include => {AGENTS}",
            "",
            f"[{INBOUND}]",
            *(f"exten => {called},1,Goto({_NUMBER},{_said(called)},1)" for called in config.asterisk.inbound),
            "",
            "; Each slot of the server in turn; Stasis returns at once with FAILED if that one is away.",
            f"[{_NUMBER}]",
            *(line for called in _ANY for line in _serve(config, called)),
            f"exten => i,1,Hangup({Cause.UNALLOCATED:d})",
            "",
            "; What agents may dial on their own phones (feature_codes); no fallback: it may ring somebody.",
            f"[{AGENTS}]",
            *(
                f"exten => {dialled},1,Goto({_CODE},{_said(dialled)},1)"
                for dialled in config.feature_codes.patterns()
            ),
            "",
            f"[{_CODE}]",
            f"exten => {_ANY[0]},1,Set(TIMEOUT(absolute)={CODE_SECONDS})",
            *(line for slot in Slot for line in _try(f"{config.node}-{slot}", _CODE_DIALLED)),
            f" same => n,Hangup({Cause.CONGESTION:d})",
            " same => n(over),Hangup()",
            "",
            f"[{FALLBACK}]",
            *(line for called in _ANY for line in _away(config, called)),
            "exten => s,1,Goto(0,1)",
            "",
            "; Callers beyond what the server can take; it refuses most of them by itself.",
            f"[{OVERLOAD}]",
            "exten => s,1,NoOp(ivrcore is overloaded)",
            *(f" same => n,{step}" for step in _fallback(config.overload.steps)),
            "",
            "; New callers of a server that drains: the other slot has them, or the fallback.",
            *(line for slot in Slot for line in _drained(config, slot)),
        ]
    )


def _serve(config: Config, called: str) -> list[str]:
    return [
        f"exten => {called},1,Set(TIMEOUT(absolute)={config.asterisk.longest_call:.0f})",
        *(line for slot in Slot for line in _try(f"{config.node}-{slot}", "inbound,${EXTEN}")),
        f" same => n,Goto({FALLBACK},${{EXTEN}},1)",
        " same => n(over),Hangup()",
    ]


def _drained(config: Config, slot: Slot) -> list[str]:
    other = next(one for one in Slot if one is not slot)
    what = f"{ARGUMENT_INBOUND},${{EXTEN}},{ARGUMENT_SENT}"
    lines = [f"[{drained(slot)}]"]
    for called in _ANY:
        first, *rest = _try(f"{config.node}-{other}", what)
        lines += [
            f"exten => {called},1,{first.removeprefix(' same => n,')}",
            *rest,
            f" same => n,Goto({FALLBACK},${{EXTEN}},1)",
            " same => n(over),Hangup()",
        ]
    return lines


def _away(config: Config, called: str) -> list[str]:
    return [
        f"exten => {called},1,NoOp(ivrcore is away)",
        *(f" same => n,{step}" for step in _fallback(config.asterisk.fallback)),
    ]


def _said(called: str) -> str:
    """Give the number to go on with: as configured or, for a pattern, what was dialled, filtered."""
    return f"${{FILTER({_DIALLED},${{EXTEN}})}}" if called.startswith("_") else called


def _try(app: str, what: str) -> list[str]:
    return [
        f" same => n,Stasis({app},{what})",
        ' same => n,GotoIf($["${STASISSTATUS}" != "FAILED"]?over)',
    ]


def _fallback(fallback: Fallback) -> list[str]:
    match fallback.action:
        case FallbackAction.PLAY:
            return ["Answer()", f"Playback({fallback.sound})", f"Hangup({Cause.NORMAL:d})"]
        case FallbackAction.DIAL:
            first = [f"Playback({fallback.sound},noanswer)"] if fallback.sound else []
            busy = f'${{IF($["${{DIALSTATUS}}" = "BUSY"]?{Cause.BUSY:d}:{Cause.CONGESTION:d})}}'
            return [*first, f"Dial({fallback.dial},{fallback.ring_time:.0f})", f"Hangup({busy})"]
        case FallbackAction.BUSY:
            return [f"Hangup({Cause.BUSY:d})"]
        case FallbackAction.CONGESTION:
            return [f"Hangup({Cause.CONGESTION:d})"]


def _ari(config: Config) -> str:
    return _file(
        [
            "; In ari.conf, at the end (its [general] needs enabled = yes):",
            ";     #include ivrcore/ari_ivrcore.conf",
            "",
            f"[{config.asterisk.user}]",
            "type = user",
            "read_only = no",
            "password_format = plain",
            f"password = {config.asterisk.password}",
        ]
    )


def _http(config: Config) -> str:
    parts = urlsplit(config.asterisk.url)
    return _file(
        [
            "; In http.conf:",
            ";     [general]",
            ";     #include ivrcore/http_ivrcore.conf",
            "enabled = yes",
            "enable_status = no",
            "bindaddr = 127.0.0.1",
            f"bindport = {parts.port or 8088}",
            f"sessionlimit = {_SESSIONS}",
        ]
    )


def _websocket() -> str:
    return _file(
        [
            "; In chan_websocket.conf:",
            ";     [global]",
            ";     #include ivrcore/chan_websocket_ivrcore.conf",
            "control_message_format = json",
        ]
    )


def _pjsip() -> str:
    return _file(
        [
            "; In pjsip.conf, before your endpoints:     #include ivrcore/pjsip_ivrcore.conf",
            f"; and for agents' phones and the trunk:     [agent1](your-template,{ALIVE})",
            "; Phones that send nothing while nobody speaks (silence suppression) need more, or a setting of",
            "; their own after the template.",
            f"[{ALIVE}](!)",
            "; A phone without power or network says no goodbye: without this its call would last for hours.",
            f"rtp_timeout = {SILENT_SECONDS}",
            "; One that has its caller on hold may be silent for longer.",
            f"rtp_timeout_hold = {SILENT_ON_HOLD_SECONDS}",
        ]
    )


def _aeap(aeap: AeapConfig) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, not what listens
    host = everywhere.get(aeap.host, aeap.host)
    return _file(
        [
            "; In aeap.conf, at the end:     #include ivrcore/aeap_ivrcore.conf",
            "; Other sections like it may have other settings, such as @language or @barge_in.",
            f"[{aeap.engine}]",
            "type = client",
            f"url = ws://{f'[{host}]' if ':' in host else host}:{aeap.port}/{aeap.token}",
            "protocol = speech_to_text",
            "codecs = !all,slin",
        ]
    )


def _music(config: Config) -> str:
    classes = sorted({voice.music for voice in config.queue_voices.values()} - {"default"})
    lines = ["; In musiconhold.conf, at the end:     #include ivrcore/musiconhold_ivrcore.conf"]
    for name in classes:
        folder = str(config.prompts / "music" / name).replace(";", "\\;")
        lines += ["", f"[{name}]", "mode = files", f"directory = {folder}", "sort = alpha"]
    return _file(lines)
