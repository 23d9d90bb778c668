"""A caller's audio for who claimed it, and how a claim ends what Asterisk runs."""

import pytest

from ivrcore.errors import CoreMisuse, LinkLost
from tests.support.aeap_bench import Asterisk, Sink, ready


def claimed() -> tuple[Asterisk, Sink]:
    asterisk = ready("")
    sink = Sink()
    claim = asterisk.claims.claim("leg-1", sink)
    assert "error_msg" not in asterisk.set(grammar=claim.grammar)
    assert claim.connected
    return asterisk, sink


def test_audio_of_a_claimed_connection_goes_to_the_sink_at_16_khz() -> None:
    asterisk, sink = claimed()
    asterisk.hear(5)
    assert sink.bytes == 5 * 640
    assert not asterisk.ears.made


def test_a_sink_is_replaced_without_a_gap() -> None:
    asterisk, first = claimed()
    claim = asterisk.talk._claim
    asterisk.hear(2)
    other = Sink()
    assert claim is not None
    claim.sink = other
    asterisk.hear(3)
    assert (first.bytes, other.bytes) == (2 * 640, 3 * 640)


def test_an_end_is_pushed_once_and_again_with_audio_until_the_next_begin() -> None:
    asterisk, _ = claimed()
    claim = asterisk.talk._claim
    assert claim is not None
    claim.begin()
    claim.end()  # Asterisk has not begun: it forgets that result when it does
    assert len(asterisk.pushed) == 1
    assert asterisk.pushed[0][0]["text"] == ""
    asterisk.answer()
    asterisk.hear(1)
    assert len(asterisk.pushed) == 2
    asterisk.hear(3)  # on their way before the result was there
    assert len(asterisk.pushed) == 2
    asterisk.answer()
    claim.begin()
    asterisk.hear(3)
    assert len(asterisk.pushed) == 2


def test_a_lost_connection_is_told_once_and_frees_the_name() -> None:
    asterisk, sink = claimed()
    asterisk.talk.over()
    asterisk.talk.over()
    assert sink.lost == [LinkLost.code]
    asterisk.claims.claim("leg-1", Sink())


def test_a_released_claim_gets_nothing_more() -> None:
    asterisk, sink = claimed()
    claim = asterisk.talk._claim
    assert claim is not None
    claim.release()
    claim.release()
    asterisk.hear(2)
    claim.end()
    asterisk.talk.over()
    assert (sink.bytes, sink.lost, asterisk.pushed) == (0, [], [])


def test_the_same_claim_set_again_goes_on() -> None:
    asterisk, sink = claimed()
    assert "error_msg" not in asterisk.set(grammar="claim:leg-1")
    asterisk.hear(2)
    assert (sink.bytes, sink.lost) == (2 * 640, [])


def test_a_name_that_was_let_go_is_claimed_anew_on_the_same_connection() -> None:
    asterisk, first = claimed()
    claim = asterisk.talk._claim
    assert claim is not None
    claim.release()
    other = Sink()
    again = asterisk.claims.claim("leg-1", other)
    assert "error_msg" not in asterisk.set(grammar=again.grammar)
    asterisk.hear(2)
    assert (first.bytes, first.lost, other.bytes) == (0, [], 2 * 640)


def test_another_grammar_on_the_connection_takes_the_audio_away() -> None:
    asterisk, sink = claimed()
    asterisk.set(grammar="menu")
    asterisk.hear(1)
    assert sink.lost == [LinkLost.code]
    assert asterisk.ear.bytes == 640


def test_nobody_gets_audio_that_is_not_claimed_or_claimed_already() -> None:
    asterisk, _ = claimed()
    other = Asterisk()
    other.talk._site.claims._claims.update(asterisk.claims._claims)
    other.set_up()
    assert "nobody waits" in other.set(grammar="claim:leg-1")["error_msg"]
    assert "nobody waits" in other.set(grammar="claim:leg-2")["error_msg"]
    other.hear(1)
    assert other.pushed[0][0]["grammar"] == "no_grammar"


@pytest.mark.parametrize("name", ["leg-1", "", "a b", "x" * 65, "a\nb"])
def test_a_name_that_is_taken_or_cannot_be_one_is_refused(name: str) -> None:
    asterisk, _ = claimed()
    with pytest.raises(CoreMisuse):
        asterisk.claims.claim(name, Sink())
