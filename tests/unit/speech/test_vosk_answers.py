from __future__ import annotations

import json

import pytest
from ivrcore_plugins.vosk_answers import heard, read_partial

from ivrcore.api import HeardWord, Hypothesis, RecogniserFailed


def result(*words: tuple[str, float]) -> str:
    found = [{"word": word, "conf": sure, "start": 0.1, "end": 0.4} for word, sure in words]
    return json.dumps({"text": " ".join(word for word, _ in words), "result": found})


def test_the_least_sure_word_counts() -> None:
    (only,) = heard([result(("pay", 0.9), ("bill", 0.7))])
    assert (only.text, only.confidence) == ("pay bill", 0.7)
    assert only.words[0] == HeardWord("pay", 0.9, 0.1, 0.4)


def test_an_utterance_that_was_cut_is_put_together() -> None:
    (only,) = heard([result(("pay", 1.01)), '{"text": ""}', result(("bill", 0.7))])
    assert (only.text, only.confidence) == ("pay bill", 0.7)
    assert len(only.words) == 2


def test_nothing_heard() -> None:
    assert heard(['{"text": ""}']) == ()
    assert heard(['{"alternatives": [{"text": "", "confidence": 1.0}]}']) == ()


def test_several_readings_best_first() -> None:
    readings = [{"text": "pay", "confidence": 0.8}, {"text": "bill", "confidence": 0.6}]
    said = heard([json.dumps({"alternatives": readings}), '{"text": ""}'])
    assert list(said) == [Hypothesis("pay", 0.8), Hypothesis("bill", 0.6)]


def test_a_reading_whose_confidence_says_nothing_is_told_as_such() -> None:
    one = {"text": "pay", "confidence": 0.95, "unmeasured": True}
    assert heard([json.dumps({"alternatives": [one]})]) == [Hypothesis("pay", 0.95, unmeasured=True)]
    parts = [json.dumps({"alternatives": [one]}), result(("bill", 0.9))]
    assert [each.unmeasured for each in heard(parts)] == [True]
    assert [each.unmeasured for each in heard([result(("bill", 0.9))])] == [False]
    assert [each.unmeasured for each in heard(['{"result": [{"word": "pay"}]}'])] == [True]


@pytest.mark.parametrize(
    "lie",
    [
        "",
        "[1]",
        '{"text": "pay", "result": 5}',
        '{"result": [{"word": "pay", "conf": "sure"}]}',
        '{"result": [{"word": 5, "conf": 1}]}',
        '{"result": [{"word": "pay", "conf": NaN}]}',
        '{"result": [5]}',
        '{"result": [{"word": "pay", "conf": 1' + 400 * "0" + "}]}",
        '{"result": [{"word": "pay", "conf": 1, "end": 1' + 400 * "0" + "}]}",
        200_000 * "[",
        '{"alternatives": {}}',
        '{"alternatives": [{"confidence": 1}]}',
    ],
)
def test_what_is_no_answer_is_refused(lie: str) -> None:
    with pytest.raises(RecogniserFailed):
        heard([lie])


def test_a_partial_answer() -> None:
    assert read_partial('{"partial": "pay a"}') == "pay a"
    assert read_partial('{"text": "pay"}') == ""
