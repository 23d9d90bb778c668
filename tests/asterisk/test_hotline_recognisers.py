"""Recognisers change under live calls on the real Asterisk: who is listened to is heard by the old one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.phones import Say, Stay, Wait
from ivrcore.lab.voices import recorded_saying
from ivrcore.model import events
from ivrcore.model.names import Verdict
from tests.asterisk.hotlines import check, happened, site
from tests.asterisk.speech_site import own_parts, words

pytestmark = pytest.mark.asterisk

SURE = '{name: pocketsphinx, confidence: "0.95"}'
UNSURE = '{name: pocketsphinx, confidence: "0.4"}'
PLAN = """\
name: patient
language: en
numbers: {"5400": main}
defaults: {timeout: 40s}
menus:
  main:
    prompt: Well?
    choices:
      agent: {say: agent, keys: "1", go: [{hang_up: normal}]}
      forwarding: {say: call forwarding, keys: "3", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    config = site(**own_parts(speech_section(f"[{SURE}]")))
    with HotlineLab(
        tmp_path / "lab", config=config, dialplans={"patient.yaml": PLAN}, registering=True
    ) as hotline:
        (hotline.site / "plugins").mkdir(exist_ok=True)
        hotline.serve()
        yield hotline
        check(hotline)


def test_given_a_caller_in_a_menu_when_recognisers_change_then_the_old_one_hears_and_the_next_has_the_new(
    lab: HotlineLab, tmp_path: Path
) -> None:
    log = lab.folder / "server.log"
    forwarding = Say(words(tmp_path, recorded_saying("call forwarding")))
    lab.wait_for("speech", lambda: "pocketsphinx" in lab.get(""))
    early = lab.phones.call("5400", [Wait(0.5)], deadline=90)
    lab.wait_for("listened to", lambda: happened(lab, events.TurnStarted))

    file = lab.site / CONFIG_FILE
    file.write_text(file.read_text().replace(SURE, UNSURE))
    lab.wait_for("the new one is loaded", lambda: "speech in en changed: pocketsphinx" in log.read_text())
    lab.wait_for("it is in the journal", lambda: happened(lab, events.RosterChanged))
    (changed,) = happened(lab, events.RosterChanged)
    assert changed.later == ()

    early.do(forwarding, Stay(30))
    assert early.result().ended_by == "far"
    (heard,) = happened(lab, events.SpeechHeard)
    assert (heard.verdict, heard.confidence) == (Verdict.ACCEPT, 0.95)

    late = lab.phones.call("5400", [Wait(1.5), forwarding, Stay(30)], deadline=60)
    lab.wait_for("heard", lambda: len(happened(lab, events.SpeechHeard)) == 2)
    late.hang_up()
    late.result()
    again = happened(lab, events.SpeechHeard)[1]
    assert (again.verdict, again.confidence) == (Verdict.REJECT, 0.4)
    lab.wait_for("over", lambda: len(happened(lab, events.ContactClosed)) == 2)
