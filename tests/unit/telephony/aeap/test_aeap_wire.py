"""What is written of AEAP's messages in logs."""

from __future__ import annotations

from ivrcore.telephony.aeap import wire


def test_what_a_dialplan_sets_is_one_line_of_a_log_and_tells_no_number() -> None:
    assert wire.unnumbered("a\nb \ud800 4711 12 한") == "a\\nb \\ud### ### 12 한"
