"""The canary on the real Asterisk: a Local channel through its dialplan, sound, keys, and nothing counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.model import events
from ivrcore.model.canary_names import CanaryStage
from tests.asterisk.hotlines import happened, opened, site

pytestmark = pytest.mark.asterisk

EVERY = 10


def results(lab: HotlineLab) -> list[str]:
    return [str(one.result) for one in happened(lab, events.CanaryCalled)]


def test_given_a_canary_then_its_calls_pass_and_are_no_contacts_until_its_number_is_taken_away(
    tmp_path: Path,
) -> None:
    canary = f'{{number: "5000", keys: "3", every: {EVERY}s}}'
    with opened(tmp_path / "lab") as hotlines:
        lab = hotlines.start(site(canary=canary))
        lab.wait_for("two calls of the canary", lambda: len(results(lab)) >= 2, 90.0)
        first, second = happened(lab, events.CanaryCalled)[:2]
        assert (first.result, second.result) == ("passed", "passed")
        assert list(first.took) == [str(stage) for stage in CanaryStage]
        figures, labels = lab.metrics(), (("number", "5000"), ("pbx", "main"))
        assert figures["ivrcore_contacts_offered_total", ()] == 0
        assert figures["ivrcore_canary_calls_total", (*labels, ("result", "passed"))] >= 2
        assert figures["ivrcore_canary_last_success_time_seconds", labels] >= second.at
        assert not happened(lab, events.ContactArrived)
        lab.pbx.rx("dialplan remove extension _5X.@ivrcore-inbound")
        lab.wait_for("a call that does not arrive", lambda: "not_arrived" in results(lab), 60.0)
        assert not happened(lab, events.ContactArrived)
