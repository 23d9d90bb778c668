"""What Asterisk is told on one connection, from the setup to the result."""

import json
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.errors import RecogniserFailed, SpeechBusy
from ivrcore.model.names import Verdict
from ivrcore.telephony.aeap.conversation import MOST_BAD, Conversation
from ivrcore.telephony.aeap.figures import Outcome, Refusal
from ivrcore.telephony.aeap.settings import Settings
from ivrcore.telephony.aeap.wire import LONGEST_SAID
from tests.support.aeap_bench import Asterisk, ready


def test_a_setup_is_answered_with_the_one_codec() -> None:
    asterisk = Asterisk()
    assert asterisk.set_up(language="en")["codecs"] == [{"name": "slin"}]


def test_another_codec_is_refused_and_the_connection_closed() -> None:
    asterisk = Asterisk()
    assert "codecs=!all,slin" in asterisk.set_up("ulaw")["error_msg"]
    assert asterisk.closed == [(1008, "the codec must be slin: codecs=!all,slin in aeap.conf")]
    assert asterisk.figures.refused[Refusal.CODEC] == 1


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"langauge": "en"}, "'language'"),
        ({"accept": "nan"}, "from 0 to 1"),
        ({"no_input": "soon"}, "a duration"),
        ({"barge_in": "perhaps"}, "yes or no"),
        ({"language": "$(reboot)"}, "no language"),
    ],
)
def test_what_aeap_conf_sets_wrong_is_told(params: dict[str, str], why: str) -> None:
    asterisk = Asterisk()
    assert why in asterisk.set_up(**params)["error_msg"]
    assert asterisk.closed


def test_a_version_that_is_not_spoken_is_refused() -> None:
    asterisk = Asterisk()
    assert "0.1" in asterisk.ask("setup", version="1.0", codecs=[{"name": "slin"}])["error_msg"]


def test_what_is_heard_becomes_one_result_with_score_and_grammar() -> None:
    asterisk = ready()
    asterisk.hear(3)
    asterisk.ear.begins()
    asterisk.ear.hears("sales", 0.953)
    assert asterisk.pushed == [[{"text": "sales", "score": 95, "grammar": "menu", "best": 0}]]
    assert asterisk.figures.outcomes == {Outcome.MATCH: 1}
    assert asterisk.figures.recognitions == 0


def test_a_value_is_the_text() -> None:
    asterisk = ready()
    asterisk.hear()
    asterisk.ear.hears("said", value="1234")
    assert asterisk.pushed[0][0]["text"] == "1234"


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ('a", "score": 100}]}, {"x": "', 'a", "score": 100}]}, {"x": "'),
        ("cards\r\n200 result=1 (digit)\0", "cards  200 result=1 (digit) "),
        ("a\u2028b\x1b[2J\ud800", "a b [2J "),
        ("x" * 5_000, "x" * LONGEST_SAID),
        ("한" * 5_000, "한" * (LONGEST_SAID // 3)),
    ],
)
def test_words_stay_words_on_the_wire(heard: str, told: str) -> None:
    asterisk = ready(results_type="nbest")
    asterisk.hear()
    asterisk.ear.hears("said", value=heard, others=(heard,))
    assert [(one["text"], one["score"]) for one in asterisk.pushed[0]] == [(told, 95), (told, 70)]
    raw = asterisk.raw[-1]
    assert raw.isascii()
    assert raw.isprintable()
    assert len(json.dumps(told)) < 4096
    got = asterisk.ask("get", params=["results"])["params"]["results"]
    assert got == asterisk.got[-2]["params"]["results"]


def test_other_choices_are_given_to_who_asks_for_them() -> None:
    asterisk = ready(results_type="nbest")
    asterisk.hear()
    asterisk.ear.hears("sales", 0.8, verdict=Verdict.CONFIRM, others=("billing", "cards"))
    told = [(one["text"], one["best"], one["score"]) for one in asterisk.pushed[0]]
    assert told == [("sales", 0, 80), ("billing", 1, 70), ("cards", 2, 70)]
    sent = asterisk.got[-1]["params"]["results"]
    assert [one["best"] for one in sent] == [2, 1, 0]  # Asterisk turns them round
    assert asterisk.figures.outcomes == {Outcome.UNSURE: 1}


def test_a_dialplan_tells_apart_what_was_not_understood() -> None:
    asterisk = ready(no_input="2s")
    for act in (
        lambda: asterisk.ear.hears("", 0.31, verdict=Verdict.REJECT),
        lambda: asterisk.hear(101),
        lambda: asterisk.ear.fails(SpeechBusy.code),
        lambda: asterisk.ear.fails(RecogniserFailed.code),
    ):
        asterisk.hear()
        act()
        asterisk.answer()
    asterisk.set(grammar="gone")
    asterisk.hear()
    told = [(one[0]["text"], one[0]["grammar"], one[0]["score"]) for one in asterisk.pushed]
    assert told == [
        ("", "no_match", 31),
        ("", "no_input", 0),
        ("", "busy", 0),
        ("", "failed", 0),
        ("", "no_grammar", 0),
    ]


def test_audio_after_the_result_is_dropped_until_asterisk_has_taken_it() -> None:
    asterisk = ready()
    asterisk.hear()
    asterisk.ear.hears("sales")
    asterisk.hear(4)
    assert len(asterisk.ears.made) == 1
    asterisk.answer()
    asterisk.hear()
    assert len(asterisk.ears.made) == 2


def test_an_asterisk_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    asterisk = ready()
    asterisk.hear()
    asterisk.ear.hears("sales")
    asterisk.wait(6)
    asterisk.hear()
    assert len(asterisk.ears.made) == 2


def test_a_recognition_that_the_dialplan_left_holds_no_room() -> None:
    asterisk = ready()
    asterisk.hear(5)
    assert asterisk.figures.recognitions == 1
    asterisk.wait(2)
    assert asterisk.ear.stopped
    assert asterisk.figures.recognitions == 0
    assert asterisk.figures.outcomes == {Outcome.LEFT: 1}
    asterisk.hear()
    assert len(asterisk.ears.made) == 2


def test_words_of_a_question_that_timed_out_are_no_answer_to_the_next() -> None:
    asterisk = ready()
    asterisk.hear(5)
    asterisk.ear.begins()
    asterisk.wait(0.25)  # the dialplan's time-out in the middle of a word; it asks again
    asterisk.hear(3)
    first, second = asterisk.ears.made
    assert first.stopped
    first.hears("sales")
    assert not asterisk.pushed
    second.hears("billing")
    assert asterisk.pushed[0][0]["text"] == "billing"
    assert asterisk.figures.outcomes == {Outcome.LEFT: 1, Outcome.MATCH: 1}
    assert asterisk.figures.recognitions == 0


def test_a_result_that_comes_when_nobody_listens_any_more_is_left() -> None:
    asterisk = ready()
    asterisk.hear(5)
    asterisk.ear.begins()
    asterisk.wait(1)
    asterisk.ear.hears("sales")
    assert not asterisk.pushed
    assert asterisk.figures.outcomes == {Outcome.LEFT: 1}
    assert asterisk.figures.recognitions == 0


def test_whatever_is_set_ends_a_recognition_of_which_the_beginning_was_not_told() -> None:
    asterisk = ready()
    asterisk.hear(5)
    asterisk.ear.begins()
    asterisk.set(accept="0.5")
    asterisk.hear(1)
    assert len(asterisk.ears.made) == 2


def test_the_silence_before_a_gap_is_none_of_the_next_question() -> None:
    asterisk = ready(no_input="2s")
    asterisk.hear(75)
    asterisk.wait(0.5)
    asterisk.hear(75)
    assert not asterisk.pushed
    asterisk.hear(30)
    assert asterisk.pushed[0][0]["grammar"] == "no_input"


def test_a_dialplan_that_was_told_that_speech_began_may_take_its_time_and_set_what_it_likes() -> None:
    asterisk = ready(barge_in="yes")
    asterisk.hear(3)
    asterisk.ear.begins()
    asterisk.answer()
    asterisk.wait(0.5)
    asterisk.set(accept="0.5")
    asterisk.hear(3)
    asterisk.ear.hears("sales")
    assert len(asterisk.ears.made) == 1
    assert asterisk.pushed[-1][0]["text"] == "sales"


def test_keys_end_a_recognition_and_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    asterisk = ready()
    asterisk.hear()
    asterisk.ear.begins()
    with caplog.at_level(logging.DEBUG):
        assert "error_msg" not in asterisk.set(dtmf="4711")
    assert asterisk.ear.stopped
    assert "4711" not in caplog.text


def test_speech_is_told_at_its_beginning_and_its_words_when_the_dialplan_listens_again() -> None:
    asterisk = ready(barge_in="yes")
    asterisk.hear(3)
    assert asterisk.ear.prompted
    asterisk.ear.begins()
    assert asterisk.pushed == [[{"text": "", "score": 0, "grammar": "speech_began", "best": 0}]]
    asterisk.hear(1)  # on its way already
    asterisk.answer()
    asterisk.hear(2)
    assert (len(asterisk.ears.made), asterisk.ear.bytes) == (1, 6 * 640)
    asterisk.ear.hears("sales")
    assert asterisk.pushed[-1][0]["text"] == "sales"


def test_words_wait_for_a_dialplan_that_is_slow_to_listen_again() -> None:
    asterisk = ready(barge_in="yes")
    asterisk.hear(3)
    asterisk.ear.begins()
    asterisk.answer()
    asterisk.ear.hears("sales")
    assert len(asterisk.pushed) == 1
    asterisk.hear()
    assert asterisk.pushed[-1][0]["text"] == "sales"
    assert asterisk.figures.outcomes == {Outcome.MATCH: 1}


def test_words_that_nobody_comes_for_are_forgotten() -> None:
    asterisk = ready(barge_in="yes")
    asterisk.hear(3)
    asterisk.ear.begins()
    asterisk.answer()
    asterisk.ear.hears("sales")
    asterisk.wait(4)
    asterisk.hear()
    assert len(asterisk.pushed) == 1
    assert asterisk.figures.outcomes == {Outcome.LEFT: 1}


def test_an_unknown_grammar_is_an_error_and_the_one_before_counts_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asterisk = ready()
    answer = asterisk.set(grammar="0123456")
    assert "there is no grammar" in answer["error_msg"]
    assert "there is no grammar '###'" in caplog.text
    asterisk.hear()
    assert not asterisk.ears.made
    assert asterisk.pushed[0][0]["grammar"] == "no_grammar"


def test_a_grammar_that_is_gone_meanwhile_is_told() -> None:
    asterisk = ready()
    asterisk.grammars.names.clear()
    asterisk.hear()
    assert asterisk.pushed[0][0]["grammar"] == "no_grammar"


def test_settings_of_the_site_hold_and_can_be_asked_for() -> None:
    asterisk = Asterisk(Settings(grammar="menu", barge_in=True))
    asterisk.set_up()
    asterisk.hear()
    asked = ["grammar", "barge_in", "results_type", "accept", "no_input"]
    found = asterisk.ask("get", params=asked)["params"]
    assert found == dict(zip(asked, ("menu", "yes", "normal", "", "0"), strict=True))
    assert "error_msg" in asterisk.ask("get", params=["secret"])
    assert asterisk.ask("get", params=["results"])["params"] == {"results": []}


def test_settings_take_effect_all_together_or_not_at_all() -> None:
    asterisk = ready()
    assert "error_msg" in asterisk.set(accept="0.5", confirm="much")
    assert asterisk.ask("get", params=["accept"])["params"] == {"accept": ""}


def test_nothing_but_a_setup_comes_first() -> None:
    asterisk = Asterisk()
    assert asterisk.set(grammar="menu")["error_msg"] == "a setup comes first"
    asterisk.hear(MOST_BAD)
    assert asterisk.closed[0][0] == 1008
    assert not asterisk.ears.made


def test_a_connection_that_says_nothing_is_closed() -> None:
    asterisk = Asterisk()
    asterisk.wait(6)
    assert asterisk.closed == [(1008, "a setup comes first")]


def test_a_flood_of_audio_is_dropped_and_then_ended() -> None:
    asterisk = ready()
    for _ in range(10):
        asterisk.talk.audio(bytes(16_000), asterisk.now)  # 1 s each, at once
    assert asterisk.ear.bytes == 2 * 32_000
    for _ in range(60):
        asterisk.talk.audio(bytes(16_000), asterisk.now)
    assert asterisk.figures.refused[Refusal.FLOOD] == 1
    assert asterisk.closed


def test_what_cannot_be_read_is_answered_with_its_masked_beginning_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asterisk = ready()
    asterisk.talk.text('{"request": "say", "id": "7", "params": "0123456\\n"}', 0)
    assert asterisk.got[-1]["id"] == "7"
    assert "setup, set, get" in asterisk.got[-1]["error_msg"]
    assert "#######" in caplog.text
    assert "0123" not in caplog.text
    for _ in range(MOST_BAD):
        asterisk.talk.text("nonsense", 0)
    assert asterisk.closed[0][0] == 1008


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "request": st.sampled_from(["setup", "set", "get", "", "x"]) | JSON,
        "response": st.sampled_from(["set", "setup"]) | JSON,
        "id": st.sampled_from(["1", "ivrcore-1"]) | JSON,
        "version": st.sampled_from(["0.1.0"]) | JSON,
        "codecs": st.just([{"name": "slin"}]) | JSON,
        "params": st.dictionaries(
            st.sampled_from(["grammar", "language", "accept", "dtmf", "results", "barge_in", "longest"])
            | st.text(),
            st.sampled_from(["menu", "claim:x", "yes", "0.5", "3s"]) | JSON,
            max_size=3,
        )
        | JSON,
        "error_msg": JSON,
    },
)
MESSAGES = st.text() | JSON.map(json.dumps) | REQUESTS.map(json.dumps) | st.binary(max_size=2000)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.lists(MESSAGES, max_size=12))
def test_whatever_comes_is_answered_or_passed_over_and_a_good_dialplan_is_served_after_it(
    messages: list[str | bytes],
) -> None:
    asterisk = Asterisk()
    for at, message in enumerate(messages):
        asterisk.now += 0.1
        if isinstance(message, bytes):
            asterisk.talk.audio(message, asterisk.now)
        else:
            asterisk.talk.text(message, asterisk.now)
        asterisk.talk.tick(asterisk.now)
        if asterisk.ears.made and at % 2:
            asterisk.ear.begins()
            asterisk.ear.hears("yes")
    for raw in asterisk.raw:
        raw.encode()
        assert isinstance(json.loads(raw), dict)
    asterisk.wait(6)
    if asterisk.closed:
        return
    asterisk.set(grammar="menu", barge_in="no")
    asterisk.hear()
    asterisk.ear.hears("yes")
    assert asterisk.pushed[-1][0]["text"] == "yes"
    asterisk.talk.over()
    assert asterisk.figures.recognitions == 0


def test_nesting_without_end_and_huge_numbers_are_errors() -> None:
    asterisk = ready()
    for raw in ("[" * 10_000, '{"id": ' + "9" * 5_000 + "}", "x" * 20_000, '"\\ud800"', ""):
        asterisk.talk.text(raw, 0)
        assert "error_msg" in asterisk.got[-1]


def test_one_conversation_knows_nothing_of_another() -> None:
    one, other = ready(), ready()
    one.hear()
    other.hear()
    one.ear.hears("sales")
    assert len(one.pushed) == 1
    assert not other.pushed
    assert isinstance(one.talk, Conversation)
