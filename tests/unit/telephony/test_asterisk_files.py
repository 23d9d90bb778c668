"""The files for Asterisk as texts; that a real Asterisk reads them is tested in tests/asterisk."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from ivrcore.config import (
    AsteriskConfig,
    Config,
    Fallback,
    FallbackAction,
    FeatureCodes,
    JournalConfig,
    QueueVoice,
    WebConfig,
)
from ivrcore.config.feature_codes import USUAL
from ivrcore.telephony.asterisk_files import asterisk_files, stale_files, write_asterisk_files

CONFIG = Config(
    folder=Path("/site"),
    asterisk=AsteriskConfig(password="swordfish", url="http://127.0.0.1:8099"),
    web=WebConfig(token="t"),
    journal=JournalConfig(Path("/site/var/journal.db"), b"k" * 32),
    dialplans=Path("/site/dialplans"),
    prompts=Path("/site/prompts"),
    cache=Path("/site/var/cache"),
    node="hotline",
    slot="b",
)


def extensions(config: Config = CONFIG) -> list[str]:
    return asterisk_files(config)["extensions_ivrcore.conf"].splitlines()


def with_asterisk(**changes: object) -> Config:
    return replace(CONFIG, asterisk=replace(CONFIG.asterisk, **changes))  # type: ignore[arg-type]


def fallback_of(fallback: Fallback) -> list[str]:
    lines = extensions(with_asterisk(fallback=fallback))
    first = lines.index("[ivrcore-fallback]") + 2
    steps = takewhile(lambda line: line.startswith(" same"), lines[first:])
    return [line.removeprefix(" same => n,") for line in steps]


def test_both_slots_are_tried_in_a_fixed_order_then_the_fallback() -> None:
    lines = extensions()
    asked = [line for line in lines if "Stasis(" in line][:2]
    assert asked == [
        " same => n,Stasis(hotline-a,inbound,${EXTEN})",
        " same => n,Stasis(hotline-b,inbound,${EXTEN})",
    ]
    assert lines.index(" same => n,Goto(ivrcore-fallback,${EXTEN},1)") > lines.index(asked[1])


def test_the_longest_call_is_set_before_the_server_is_asked() -> None:
    lines = extensions(with_asterisk(longest_call=3600.0))
    assert lines.index("exten => _[0-9*#+]!,1,Set(TIMEOUT(absolute)=3600)") < next(
        index for index, line in enumerate(lines) if "Stasis(" in line
    )


def test_what_was_dialled_is_filtered_and_what_was_configured_is_not() -> None:
    lines = extensions(with_asterisk(inbound=("_X.", "hotline-1")))
    assert "exten => _X.,1,Goto(ivrcore-number,${FILTER(0-9*#+,${EXTEN})},1)" in lines
    assert "exten => hotline-1,1,Goto(ivrcore-number,hotline-1,1)" in lines


def test_the_caller_id_is_never_used() -> None:
    assert "CALLERID" not in "".join(asterisk_files(CONFIG).values())


def test_fallbacks() -> None:
    assert fallback_of(Fallback()) == ["Hangup(34)"]
    assert fallback_of(Fallback(FallbackAction.BUSY)) == ["Hangup(17)"]
    assert fallback_of(Fallback(FallbackAction.PLAY, sound="sorry")) == [
        "Answer()",
        "Playback(sorry)",
        "Hangup(16)",
    ]
    assert fallback_of(Fallback(FallbackAction.DIAL, sound="wait", dial="PJSIP/a", ring_time=15)) == [
        "Playback(wait,noanswer)",
        "Dial(PJSIP/a,15)",
        'Hangup(${IF($["${DIALSTATUS}" = "BUSY"]?17:34)})',
    ]


def test_the_other_files() -> None:
    files = asterisk_files(replace(CONFIG, queue_voices={"q": QueueVoice(music="jazz"), "r": QueueVoice()}))
    assert "\n[ivrcore]\n" in files["ari_ivrcore.conf"]
    assert "\npassword = swordfish\n" in files["ari_ivrcore.conf"]
    assert "\nbindaddr = 127.0.0.1\nbindport = 8099\nsessionlimit = 5000\n" in files["http_ivrcore.conf"]
    assert "\ncontrol_message_format = json\n" in files["chan_websocket_ivrcore.conf"]
    assert files["musiconhold_ivrcore.conf"].endswith(
        "\n[jazz]\nmode = files\ndirectory = /site/prompts/music/jazz\nsort = alpha\n"
    )
    assert "[default]" not in files["musiconhold_ivrcore.conf"]
    assert "\n[ivrcore-alive](!)\n" in files["pjsip_ivrcore.conf"]
    assert "\nrtp_timeout = 30\n" in files["pjsip_ivrcore.conf"]
    assert "\nrtp_timeout_hold = 600\n" in files["pjsip_ivrcore.conf"]


def test_only_their_owner_can_read_them(tmp_path: Path) -> None:
    (tmp_path / "ari_ivrcore.conf").touch(mode=0o644)
    for path in write_asterisk_files(CONFIG, tmp_path):
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_files_of_an_older_configuration_are_found(tmp_path: Path) -> None:
    assert stale_files(CONFIG, tmp_path) == []  # none were written
    write_asterisk_files(CONFIG, tmp_path)
    assert stale_files(CONFIG, tmp_path) == []
    assert stale_files(replace(CONFIG, node="other"), tmp_path) == [tmp_path / "extensions_ivrcore.conf"]


def test_codes_come_from_the_agents_context_and_never_to_the_fallback() -> None:
    lines = extensions(replace(CONFIG, feature_codes=FeatureCodes(USUAL)))
    first = lines.index("[ivrcore-agents]")
    codes = lines[first + 1 : lines.index("", first)]
    assert codes[0] == "exten => *11,1,Goto(ivrcore-code,*11,1)"
    assert codes[-2:] == [
        "exten => _*1X,1,Goto(ivrcore-code,${FILTER(0-9*#+,${EXTEN})},1)",
        "exten => _*1X.,1,Goto(ivrcore-code,${FILTER(0-9*#+,${EXTEN})},1)",
    ]
    first = lines.index("[ivrcore-code]")
    served = lines[first + 1 : lines.index("", first)]
    assert [line for line in served if "Stasis(" in line] == [
        " same => n,Stasis(hotline-a,code,${EXTEN},${EXISTS(${BLINDTRANSFER})})",
        " same => n,Stasis(hotline-b,code,${EXTEN},${EXISTS(${BLINDTRANSFER})})",
    ]
    assert not [line for line in served if "fallback" in line]
    assert served[-2:] == [" same => n,Hangup(34)", " same => n(over),Hangup()"]


def test_without_codes_the_agents_context_is_there_and_empty() -> None:
    lines = extensions()
    assert lines[lines.index("[ivrcore-agents]") + 1] == ""


def test_a_site_without_ari_has_a_dialplan_of_its_own() -> None:
    assert list(asterisk_files(with_asterisk(ari=False))) == ["musiconhold_ivrcore.conf"]
