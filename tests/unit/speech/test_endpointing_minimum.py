"""Barge-in with a minimum: what does not stop a prompt, exact to the frame (1 voiced, 0 silent)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.speech.endpointing import Action, Endpointer, Feed, Finish, SpeechBegan, Timing, TurnTaking

VOICED = b"\x01\x00" * (FRAME_BYTES // 2)
SILENT = bytes(FRAME_BYTES)


def frames(pattern: str) -> bytes:
    return b"".join(VOICED if char == "1" else SILENT for char in pattern)


def endpointer(after: float = 0.0, *, held: bool = False) -> Endpointer:
    return Endpointer(lambda frame: frame[0] == 1, Timing(longest=3.0), after=after, held=held)


def told(actions: list[Action]) -> list[Action]:
    return [action for action in actions if isinstance(action, SpeechBegan | Finish)]


def test_speech_is_told_of_once_there_was_so_much_voice_and_fed_from_its_beginning() -> None:
    end = endpointer(after=0.3)
    before = list(end.take(frames("0" * 20 + "1" * 14)))
    assert told(before) == []
    assert [action for action in before if isinstance(action, Feed)]
    assert told(list(end.take(frames("1")))) == [SpeechBegan(0.3)]
    assert told(list(end.take(frames("1" * 9 + "0" * 30)))) == [Finish()]
    assert end.over


def test_a_cough_is_told_as_brief_and_the_next_words_are_waited_for() -> None:
    end = endpointer(after=0.3)
    actions = told(list(end.take(frames("0" * 20 + "1" * 10 + "0" * 40 + "1" * 20 + "0" * 30))))
    assert actions == [Finish(untold=True, brief=True), SpeechBegan(0.3), Finish()]


def test_two_coughs_are_not_long_because_they_are_two() -> None:
    actions = told(list(endpointer(after=0.3).take(frames("1" * 10 + "0" * 15 + "1" * 10 + "0" * 40))))
    assert actions == [Finish(untold=True, brief=True)]


def test_speech_without_known_words_is_told_as_such() -> None:
    end = endpointer(held=True)
    assert told(list(end.take(frames("1" * 30)))) == []
    assert end.waits_for_words
    assert told(list(end.take(frames("0" * 30)))) == [Finish(untold=True)]
    assert not end.waits_for_words


def test_words_that_are_waited_for_are_fed_twice_as_often() -> None:
    end = endpointer(held=True)
    before = [one for one in end.take(frames("1" * 34)) if isinstance(one, Feed)]
    list(end.words_heard())
    after = [one for one in end.take(frames("1" * 30)) if isinstance(one, Feed)]
    assert [len(one.pcm) // len(VOICED) for one in before[1:]] == [5] * 6
    assert [len(one.pcm) // len(VOICED) for one in after] == [10] * 3


def test_words_tell_the_beginning_and_hold_for_their_utterance_only() -> None:
    end = endpointer(held=True)
    list(end.take(frames("1" * 30)))
    assert list(end.words_heard()) == [SpeechBegan(0.6)]
    assert list(end.words_heard()) == []
    assert told(list(end.take(frames("0" * 30)))) == [Finish()]


def test_words_need_the_voice_too_where_both_are_asked_for() -> None:
    end = endpointer(after=0.3, held=True)
    list(end.take(frames("1" * 10)))
    assert list(end.words_heard()) == []
    assert told(list(end.take(frames("1" * 5)))) == [SpeechBegan(0.3)]


def test_words_that_are_known_in_the_first_pause_stop_the_prompt_then() -> None:
    end = endpointer(after=0.3, held=True)
    list(end.take(frames("1" * 20 + "0" * 11)))
    assert list(end.words_heard()) == [SpeechBegan(0.62)]


def test_words_in_the_pause_after_too_little_voice_do_not() -> None:
    end = endpointer(after=0.3, held=True)
    list(end.take(frames("1" * 10 + "0" * 11)))
    assert list(end.words_heard()) == []


def test_without_a_prompt_any_more_all_speech_counts() -> None:
    end = endpointer(after=0.3, held=True)
    assert list(end.prompt_over()) == []
    assert told(list(end.take(frames("1" * 8 + "0" * 30)))) == [SpeechBegan(0.08), Finish()]


def test_who_speaks_when_the_prompt_ends_has_begun() -> None:
    end = endpointer(after=0.3)
    list(end.take(frames("1" * 8)))
    assert list(end.prompt_over()) == [SpeechBegan(0.16)]


def test_who_coughed_just_before_the_prompt_ended_has_not() -> None:
    end = endpointer(after=0.3)
    list(end.take(frames("1" * 8 + "0" * 12)))
    assert list(end.prompt_over()) == []
    assert told(list(end.take(frames("0" * 30)))) == [Finish(untold=True, brief=True)]
    end = endpointer(after=0.3)
    list(end.take(frames("1" * 8 + "0" * 12)))
    list(end.prompt_over())
    assert told(list(end.take(frames("1"))))[0] == SpeechBegan(0.42)


def test_a_question_may_say_when_an_utterance_ends() -> None:
    timing = TurnTaking(end_silence=1.0, longest=2.0).timing(Timing())
    assert (timing.hang_over, timing.longest, timing.early) == (1.0, 2.0, 0.2)
    assert TurnTaking().timing(Timing(hang_over=0.7)) == Timing(hang_over=0.7)


@settings(max_examples=75, deadline=None, database=None, derandomize=True)
@given(
    st.text("01", max_size=400), st.sampled_from([0.0, 0.1, 0.3, 1.0]), st.booleans(), st.integers(1, 2000)
)
def test_whatever_is_said_every_utterance_ends_and_is_told_as_what_it_was(
    pattern: str, after: float, held: bool, size: int
) -> None:
    end = endpointer(after, held=held)
    pcm = frames(pattern)
    actions = told([a for at in range(0, len(pcm), size) for a in end.take(pcm[at : at + size])])
    assert actions == told(list(endpointer(after, held=held).take(pcm)))
    began = [action for action in actions if isinstance(action, SpeechBegan)]
    assert len(began) <= (0 if held else 1)
    assert all(one.after >= after for one in began)
    finals = [action for action in actions if isinstance(action, Finish) and not action.untold]
    assert len(finals) == end.over
    if finals:
        assert actions[-2:] == [began[0], finals[0]]
