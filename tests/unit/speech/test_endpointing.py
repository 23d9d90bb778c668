"""Begin and end of an utterance, exact to the frame: 1 is a voiced frame, 0 a silent one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.speech.endpointing import Action, Ask, Endpointer, Feed, Finish, SpeechBegan, Timing, TryFinish

VOICED = b"\x01\x00" * (FRAME_BYTES // 2)
SILENT = bytes(FRAME_BYTES)


def frames(pattern: str) -> bytes:
    return b"".join(VOICED if char == "1" else SILENT for char in pattern)


def endpointer(**timing: float) -> Endpointer:
    return Endpointer(lambda frame: frame[0] == 1, Timing(**timing))  # type: ignore[arg-type]


def kinds(actions: list[Action]) -> list[str]:
    return [type(action).__name__ for action in actions if not isinstance(action, Feed)]


def fed(actions: list[Action]) -> bytes:
    return b"".join(action.pcm for action in actions if isinstance(action, Feed))


def test_silence_and_clicks_do_nothing() -> None:
    assert list(endpointer().take(frames("0" * 50 + "1" + "0" * 5 + "111" + "0" * 100))) == []


def test_speech_begins_with_the_fourth_voiced_frame_of_six() -> None:
    end = endpointer()
    assert list(end.take(frames("0" * 20 + "1101"))) == []
    began = next(iter(end.take(frames("1"))))
    assert began == SpeechBegan(after=0.1)


def test_the_audio_before_the_beginning_is_fed_too() -> None:
    actions = list(endpointer().take(frames("0" * 40 + "1111")))
    assert len(fed(actions)) == (10 + 6) * FRAME_BYTES


def test_a_pause_tries_then_the_hang_over_finishes_without_feeding_again() -> None:
    actions = list(endpointer().take(frames("1" * 20 + "0" * 30)))
    assert kinds(actions) == ["SpeechBegan", "Ask", "TryFinish", "Finish"]
    asked = actions.index(Ask())
    assert not [action for action in actions[asked:] if isinstance(action, Feed)]
    assert len(fed(actions)) == (20 + 7) * FRAME_BYTES


def test_the_recogniser_is_asked_60_ms_before_its_answer_may_count() -> None:
    end = endpointer()
    assert kinds(list(end.take(frames("1" * 20 + "0" * 6)))) == ["SpeechBegan"]
    assert kinds(list(end.take(frames("0")))) == ["Ask"]
    assert list(end.take(frames("00"))) == []
    assert kinds(list(end.take(frames("0")))) == ["TryFinish"]


def test_a_voice_after_the_question_has_all_of_the_pause_fed_and_is_asked_again() -> None:
    pattern = "1" * 20 + "0" * 8 + "1" * 10 + "0" * 25
    actions = list(endpointer().take(frames(pattern)))
    assert kinds(actions) == ["SpeechBegan", "Ask", "Ask", "TryFinish", "Finish"]
    assert frames(pattern).startswith(fed(actions))
    assert len(fed(actions)) == (20 + 8 + 10 + 7) * FRAME_BYTES


def test_a_stream_that_dries_up_after_the_question_has_nothing_more_fed() -> None:
    end = endpointer()
    list(end.take(frames("1" * 20 + "0" * 8)))
    assert list(end.starve()) == [Finish(starved=True)]


def test_a_silence_that_ends_it_before_it_would_be_asked_for_is_fed() -> None:
    actions = list(endpointer(hang_over=0.1).take(frames("1" * 10 + "0" * 20)))
    assert kinds(actions) == ["SpeechBegan", "Finish"]
    assert len(fed(actions)) == 15 * FRAME_BYTES


def test_speech_after_a_pause_goes_on_without_losing_a_frame() -> None:
    pattern = "1" * 20 + "0" * 15 + "1" * 10 + "0" * 25
    actions = list(endpointer().take(frames(pattern)))
    assert kinds(actions) == ["SpeechBegan", "Ask", "TryFinish", "Ask", "TryFinish", "Finish"]
    assert frames(pattern).startswith(fed(actions))
    assert len(fed(actions)) == (20 + 15 + 10 + 7) * FRAME_BYTES


def test_an_utterance_that_never_ends_is_cut() -> None:
    actions = list(endpointer(longest=2.0).take(frames("1" * 400)))
    assert actions[-1] == Finish(too_long=True)
    assert len(fed(actions)) == 100 * FRAME_BYTES


def test_pauses_count_towards_the_longest() -> None:
    end = endpointer(longest=2.0)
    assert list(end.take(frames(("1" * 15 + "0" * 12) * 10)))[-1] == Finish(too_long=True)
    assert end.over


def test_a_stream_that_dries_up_ends_the_utterance_once() -> None:
    end = endpointer()
    list(end.take(frames("1" * 8)))
    assert kinds(list(end.starve())) == ["Finish"]
    assert list(end.starve()) == []
    assert list(end.take(frames("1" * 50))) == []


def test_a_dry_stream_without_speech_is_nothing() -> None:
    end = endpointer()
    list(end.take(frames("0" * 8)))
    assert list(end.starve()) == []


def test_where_nothing_is_accepted_early_the_recogniser_is_asked_before_the_end_all_the_same() -> None:
    actions = list(endpointer(early=0.5, hang_over=0.2).take(frames("1" * 10 + "0" * 20)))
    assert kinds(actions) == ["SpeechBegan", "Ask", "Finish"]
    assert len(fed(actions)) == 17 * FRAME_BYTES


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.text("01", max_size=300), st.integers(1, 3000))
def test_the_size_of_the_pieces_makes_no_difference(pattern: str, size: int) -> None:
    pcm = frames(pattern)
    pieces = endpointer(longest=3.0)
    by_piece = [a for at in range(0, len(pcm), size) for a in pieces.take(pcm[at : at + size])]
    assert by_piece == list(endpointer(longest=3.0).take(pcm))


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.text("01", max_size=300))
def test_what_is_fed_is_one_piece_of_the_stream_and_in_order(pattern: str) -> None:
    marked = b"".join(
        bytes([char == "1", at % 256, at // 256]) + bytes(FRAME_BYTES - 3) for at, char in enumerate(pattern)
    )
    actions = list(endpointer(longest=3.0).take(marked))
    assert fed(actions) in marked
    assert kinds(actions).count("SpeechBegan") <= 1
    assert kinds(actions)[-1:] != ["SpeechBegan"] or len(pattern) < 200
    if "Finish" in kinds(actions):
        assert kinds(actions).index("Finish") == len(kinds(actions)) - 1


def test_the_voice_in_an_utterance_is_counted_without_its_pauses() -> None:
    actions = list(endpointer().take(frames("0" * 20 + "1" * 20 + "0" * 15 + "1" * 10 + "0" * 25)))
    told = [round(action.spoken, 2) for action in actions if isinstance(action, TryFinish | Finish)]
    assert told == [0.4, 0.6, 0.6]


def test_the_next_utterance_has_its_own_voice() -> None:
    end = Endpointer(lambda frame: frame[0] == 1, Timing(), after=1.0)
    actions = list(end.take(frames("1" * 20 + "0" * 25 + "1" * 10 + "0" * 25)))
    assert [round(one.spoken, 2) for one in actions if isinstance(one, Finish)] == [0.4, 0.2]
