from __future__ import annotations

import json

import pytest
from ivrcore_plugins.vosk_answers import heard as read

from ivrcore.speech.network import Network
from ivrcore.speech.recogniser import Grammar, HeardWord, Hypothesis, Phrase
from ivrcore.speech_worker import protocol
from ivrcore.speech_worker.protocol import Heard, Refused, Sign, Vocabulary, Wishes, read_message

PLAIN = Wishes(8000)
PAY = Hypothesis("pay bill", 0.7, (HeardWord("pay", 0.9, 0.1, 0.3), HeardWord("bill", 0.7, 0.4, 0.6)))


def message(text: str, wishes: Wishes = PLAIN) -> Wishes | Vocabulary | Sign:
    return read_message(text, wishes, "en", 3)


def config(**given: object) -> Wishes:
    found = message(json.dumps({"config": given}))
    assert isinstance(found, Wishes)
    return found


def test_a_configuration_is_read() -> None:
    assert config(sample_rate=16000.0, phrase_list=["pay", "bill"], words=0, max_alternatives=2) == Wishes(
        16000, ("pay", "bill"), words=False, alternatives=2
    )


def test_what_is_not_said_stays() -> None:
    before = Wishes(16000, ("pay",), alternatives=3, gate=False)
    assert message('{"config": {"words": 0}}', before) == Wishes(
        16000, ("pay",), words=False, alternatives=3, gate=False
    )


def test_without_phrases_anything_may_be_said() -> None:
    assert config(phrase_list=[]).grammar("en").free
    assert not config(phrase_list=["pay"]).grammar("en").free
    assert config(phrase_list=["pay"], free=1).grammar("en") == Grammar(
        "en", (Phrase("pay", "pay"),), free=True
    )


def test_a_network_is_read_and_is_no_free_speech() -> None:
    arcs = ((0, 2, "one"), (2, 1, "two"))
    grammar = config(network=arcs).grammar("en")
    assert grammar == Grammar("en", (), network=Network(arcs))
    assert config(network=[]).grammar("en").free
    assert message('{"config": {}}', config(network=arcs)) == config(network=arcs)


@pytest.mark.parametrize(
    "network", ["one", [["one"]], [[0, 1]], [[0, -1, "a"]], [[0, 1, 2]], [[0, 20_001, "a"]], [[0.5, 1, "a"]]]
)
def test_what_is_no_network_is_refused(network: object) -> None:
    with pytest.raises(Refused, match="a network is a list"):
        config(network=network)


@pytest.mark.parametrize("text", ['{"eof" : 1}', '{"eof":1}'])
def test_the_end(text: str) -> None:
    assert message(text) is Sign.EOF


def test_a_reset_and_a_question() -> None:
    assert message('{"reset" : 1}') is Sign.RESET
    assert message('{"vocabulary": ["pay"]}') == Vocabulary(("pay",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[]", "object"),
        ("{}", "config"),
        ('{"config": 5}', "config"),
        ('{"config": {"model": "/other"}}', "the same for all"),
        ('{"config": {"language": "ko"}}', "the language here is en"),
        ('{"config": {"language": 5}}', "the language here is en"),
        ('{"config": {"sample_rate": 100}}', "from 8000 to 48000"),
        ('{"config": {"sample_rate": NaN}}', "from 8000 to 48000"),
        ('{"config": {"sample_rate": "fast"}}', "from 8000 to 48000"),
        ('{"config": {"max_alternatives": 1000}}', "from 0 to 20"),
        ('{"config": {"phrase_list": "pay"}}', "list of texts"),
        ('{"config": {"phrase_list": [1]}}', "list of texts"),
        ('{"config": {"phrase_list": ["a", "b", "c", "d"]}}', "at most 3 phrases"),
        (json.dumps({"vocabulary": ["x" * 501]}), "500 letters"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        message(text)
    assert why in refused.value.reason
    assert refused.value.code == 1008


@pytest.mark.parametrize("alternatives", [0, 2])
def test_what_is_written_is_read_back(alternatives: int) -> None:
    text = protocol.result([Heard((PAY,), 2.0, 3.0)], Wishes(8000, alternatives=alternatives))
    (back,) = read([text])
    assert (back.text, back.confidence) == ("pay bill", 0.7)
    assert back.words[1] == HeardWord("bill", 0.7, 2.4, 2.6)


@pytest.mark.parametrize("alternatives", [0, 2])
def test_a_confidence_that_says_nothing_is_told_as_such(alternatives: int) -> None:
    wishes = Wishes(8000, alternatives=alternatives)
    one = Heard((Hypothesis("pay", 0.95, unmeasured=True),), 0.0, 1.0)
    for found in ([one], [one, Heard((PAY,), 2.0, 3.0)]):
        assert [each.unmeasured for each in read([protocol.result(found, wishes)])] == [True]
    assert "unmeasured" not in protocol.result([Heard((PAY,), 2.0, 3.0)], wishes)


def test_several_readings_are_as_many_as_wanted() -> None:
    several = tuple(Hypothesis(text, sure) for text, sure in (("a", 0.9), ("b", 0.5), ("c", 0.2)))
    text = protocol.result([Heard(several, 0.0, 1.0)], Wishes(8000, alternatives=2))
    assert [(each.text, each.confidence) for each in read([text])] == [("a", 0.9), ("b", 0.5)]


def test_words_without_times_have_the_utterances() -> None:
    text = protocol.result([Heard((Hypothesis("pay bill", 0.8),), 1.0, 2.5)], PLAIN)
    words = json.loads(text)["result"]
    assert words[1] == {"conf": 0.8, "end": 2.5, "start": 1.0, "word": "bill"}


def test_two_utterances_in_one_message() -> None:
    both = [Heard((PAY,), 0.0, 1.0), Heard((), 1.0, 1.0), Heard((Hypothesis("now", 0.6),), 2.0, 3.0)]
    assert json.loads(protocol.result(both, PLAIN))["text"] == "pay bill now"
    (joined,) = json.loads(protocol.result(both, Wishes(8000, alternatives=3)))["alternatives"]
    assert (joined["text"], joined["confidence"]) == ("pay bill now", 0.6)


def test_nothing_heard_is_written_as_vosk_does() -> None:
    assert json.loads(protocol.result([Heard((), 0.0, 1.0)], PLAIN)) == {"text": ""}
    assert read([protocol.result([], Wishes(8000, alternatives=1))]) == ()
