"""Changes to the live board: when they take effect, who overtakes whom, what is refused, what files do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.announcements.drafts import Draft, Surroundings, SwitchDraft
from ivrcore.announcements.faults import LONGEST_TEXT, MOST_ANNOUNCEMENTS
from ivrcore.announcements.folder import Found, check_folder, find_files
from ivrcore.announcements.live import LATE, LONGEST_SPEAKING, Overtaken
from ivrcore.announcements.site import has_recording
from ivrcore.errors import RequestRefused
from ivrcore.model import events as e
from ivrcore.model.names import EmergencyAction, Via
from tests.unit.announcements.board_desk import AROUND, START, Desk, draft

SEOUL = "+82212345678"


def test_given_a_voice_then_it_takes_effect_once_spoken() -> None:
    desk = Desk()
    desk.voice.slow = 1.0
    later = desk.live.post(draft(), "kim")
    desk.steady.advance(0.9)
    assert desk.heard() == []
    change = desk.done(later)
    assert (change.changed, change.spoken, change.warnings) == (True, True, ())
    assert desk.voice.spoken == ["Careful.", "Careful."]
    assert desk.heard() == ["fraud"]
    assert desk.told == 1


@pytest.mark.parametrize("slow", [10.0, None])
def test_given_a_slow_voice_then_it_takes_effect_all_the_same_in_three_seconds(slow: float | None) -> None:
    desk = Desk()
    desk.voice.slow = slow
    later = desk.live.post(draft(), "kim")
    desk.steady.advance(LONGEST_SPEAKING - 0.1)
    assert desk.heard() == []
    desk.steady.advance(0.1)
    assert desk.heard() == ["fraud"]
    change = desk.done(later)
    assert (change.spoken, change.warnings) == (False, (LATE,))
    desk.steady.advance(20.0)
    assert not desk.steady.getDelayedCalls()


def test_given_no_voice_for_a_language_then_the_answer_tells() -> None:
    desk = Desk()
    desk.voice.missing = {"ko"}
    change = desk.post()
    assert not change.spoken
    assert "no voice speaks ko" in change.warnings[0]
    assert desk.heard() == ["fraud"]


def test_given_a_language_without_a_text_then_the_answer_warns() -> None:
    desk = Desk()
    change = desk.post(texts={"en": "Careful.", "zh": "小心"})
    assert change.warnings == ("callers in 'ko' will hear it in 'en'", "no dialplan speaks 'zh'")
    assert desk.post(texts={"en": "Careful!"}, numbers=("5001",)).warnings == ()


def test_given_a_newer_change_then_the_older_one_is_overtaken() -> None:
    desk = Desk()
    desk.voice.slow = 1.0
    older = desk.live.post(draft(text="Wrong."), "kim")
    desk.steady.advance(0.5)
    newer = desk.live.post(draft(text="Right."), "lee")
    with pytest.raises(Overtaken):
        desk.done(older)
    assert desk.done(newer).changed
    assert [one.texts["en"] for one in desk.board.announcements("5000", START + 9)] == ["Right."]


def test_given_it_is_withdrawn_before_it_is_spoken_then_it_never_takes_effect() -> None:
    desk = Desk()
    desk.voice.slow = 1.0
    later = desk.live.post(draft(), "kim")
    desk.live.withdraw("fraud", "lee")
    with pytest.raises(Overtaken):
        desk.done(later)
    assert desk.journal.events == []


def test_given_a_later_beginning_then_callers_are_told_of_at_that_time() -> None:
    desk = Desk()
    desk.post(starts=START + 60)
    assert desk.heard() == []
    told = desk.told
    desk.steady.advance(60)
    assert desk.heard() == ["fraud"]
    assert desk.told == told + 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"texts": {}}, "nothing to be heard"),
        ({"texts": {"en": " "}}, "is empty"),
        ({"texts": {"en": "x" * (LONGEST_TEXT + 1)}}, "1001 characters"),
        ({"texts": {"en": "ring \a"}}, "unprintable"),
        ({"texts": {"EN!": "Hello"}}, "is no language"),
        ({"texts": {f"{chr(97 + n // 26)}{chr(97 + n % 26)}": "a" for n in range(21)}}, "20 languages"),
        ({"recording": "missing"}, "no recording 'missing'"),
        ({"numbers": ("5000", "5009")}, "no dialplan takes calls to '5009'"),
        ({"ends": START - 1}, "over already"),
        ({"starts": START + 9, "ends": START + 8}, "end before it starts"),
        ({"name": "../fraud"}, "cannot be named"),
        ({"author": " "}, "author"),
        ({"author": "k" * 141}, "author"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(more: dict, words: str) -> None:
    desk = Desk()
    with pytest.raises(RequestRefused, match=words):
        desk.post(**more)
    assert desk.journal.events == []


def test_there_are_only_so_many() -> None:
    desk = Desk()
    for n in range(MOST_ANNOUNCEMENTS):
        desk.post(f"a{n}")
    with pytest.raises(RequestRefused, match="there are 50 announcements"):
        desk.post("one-more")
    desk.post("a7", text="Changed.")
    desk.live.withdraw("a7", "kim")
    desk.post("one-more")
    assert len(desk.board.posted) == MOST_ANNOUNCEMENTS


def test_an_unknown_one_cannot_be_withdrawn() -> None:
    with pytest.raises(RequestRefused) as refused:
        Desk().live.withdraw("fraud", "kim")
    assert refused.value.status == 404


# --- the emergency switch -----------------------------------------------------------------------


def test_the_switch_is_moved_and_moved_back() -> None:
    desk = Desk()
    texts = {"en": "We are closed.", "ko": "닫혔습니다."}
    change = desk.done(desk.live.switch(SwitchDraft("all", EmergencyAction.CLOSE, texts), "kim", Via.PHONE))
    assert change.changed
    assert change.switched is not None
    assert (change.switched.author, change.switched.via) == ("kim", Via.PHONE)
    found = desk.board.emergency("5000")
    assert found is not None
    assert (found.action, found.texts) == (EmergencyAction.CLOSE, texts)
    assert not desk.done(desk.live.switch(SwitchDraft("all", EmergencyAction.CLOSE, texts), "lee")).changed
    desk.done(desk.live.switch(SwitchDraft("all", EmergencyAction.OPEN), "lee"))
    assert desk.board.emergency("5000") is None
    assert [one.author for one in desk.journal.events if isinstance(one, e.EmergencySet)] == ["kim", "lee"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (SwitchDraft("5009", EmergencyAction.CLOSE), "no dialplan takes calls to '5009'"),
        (SwitchDraft("5001", EmergencyAction.CLOSE), "stays open"),
        (SwitchDraft("all", EmergencyAction.MESSAGE), "nothing to be heard"),
        (SwitchDraft("all", EmergencyAction.FORWARD), "no number is given"),
        (SwitchDraft("all", EmergencyAction.FORWARD, number="+1900555"), "outside of what may be called"),
    ],
)
def test_a_switch_that_cannot_stand_is_refused(given: SwitchDraft, words: str) -> None:
    desk = Desk()
    with pytest.raises(RequestRefused, match=words):
        desk.live.switch(given, "kim")
    assert desk.journal.events == []


def test_a_forward_passes_the_guard_and_needs_no_message() -> None:
    desk = Desk()
    desk.done(desk.live.switch(SwitchDraft("5000", EmergencyAction.FORWARD, number=SEOUL), "kim"))
    found = desk.board.emergency("5000")
    assert found is not None
    assert found.number == SEOUL
    assert desk.board.emergency("5001") is None


# --- files --------------------------------------------------------------------------------------

FRAUD = "text: {en: Careful., ko: 조심하세요.}\nnumbers: ['5000']\n"


def file(text: str, name: str = "fraud") -> Found:
    return Found(name, f"announcements/{name}.yaml", text, "han")


def take(desk: Desk, *found: Found) -> list[str]:
    before = len(desk.journal.events)
    desk.live.take_files(found)
    desk.steady.advance(0.1)
    return [type(one).__name__ for one in desk.journal.events[before:]]


def test_a_file_is_taken_once_changed_and_withdrawn() -> None:
    desk = Desk()
    assert take(desk, file(FRAUD)) == ["AnnouncementSet"]
    assert desk.heard("5000") == ["fraud"]
    assert desk.heard("5001") == []
    posted = desk.board.posted["fraud"]
    assert (posted.author, posted.via) == ("han", Via.FILE)
    assert take(desk, file(FRAUD)) == []
    assert take(desk, file(FRAUD.replace("Careful", "Beware"))) == ["AnnouncementSet"]
    assert take(desk) == ["AnnouncementWithdrawn"]
    assert desk.heard() == []


def test_a_broken_file_changes_nothing_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    take(desk, file(FRAUD))
    broken = file("text: {en: Careful.}\nnumbers: ['5009']\n")
    assert take(desk, broken) == ["AnnouncementRefused"]
    assert desk.heard("5000") == ["fraud"]
    assert "announcements/fraud.yaml:2:10" in caplog.text
    assert take(desk, broken) == []
    [told] = [one for one in desk.journal.events if isinstance(one, e.AnnouncementRefused)]
    assert told.problem.startswith("announcements/fraud.yaml:2:10: error ANN104")
    assert take(desk, file(FRAUD)) == []
    assert take(desk, broken) == ["AnnouncementRefused"]


def test_given_a_dialplan_takes_the_number_later_then_the_file_is_taken_then() -> None:
    desk = Desk()
    early = file("text: Hello.\nnumbers: ['5009']\n")
    assert take(desk, early) == ["AnnouncementRefused"]
    desk.live.judge_again()
    assert take(desk, early) == [], "the same is not told again"
    desk.around = Surroundings({"5009": ("en",)})
    desk.live.judge_again()
    assert take(desk, early) == ["AnnouncementSet"]
    assert desk.heard("5009") == ["fraud"]


def test_given_a_restart_then_files_that_did_not_change_stay_as_they_were() -> None:
    desk = Desk()
    take(desk, file(FRAUD), file("text: Other.", "other"))
    desk.live.withdraw("fraud", "kim")
    desk.done(desk.live.post(draft("other", "By hand."), "kim"))
    again = Desk(desk.board)
    assert take(again, file(FRAUD), file("text: Other.", "other")) == []
    assert take(again, file(FRAUD + "whole: no", "fraud"), file("text: Other.", "other")) == [
        "AnnouncementSet"
    ]
    take(again)
    assert again.heard() == ["other"], "what was posted by hand stays when the file goes"


def test_a_file_whose_time_has_passed_is_left_alone() -> None:
    desk = Desk()
    assert take(desk, file("text: {en: a, ko: b}\nends: 2026-01-01T00:00Z\n")) == []


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("text: [a", "YML001", 2),
        ("texts: a", "YML101", 1),
        ("text:\n  en: ''\n", "ANN102", 2),
        ("recording: nothing\n", "ANN103", 1),
        ("text: a\nstarts: 2026-11-22 09:00\n", "ANN105", 2),
        ("text: a\nends: tomorrow\n", "ANN105", 2),
        ("text: a\nwhole: perhaps\n", "YML103", 2),
        ("numbers: ['5000']\n", "ANN101", 1),
        ("- text: a\n", "YML103", 1),
    ],
)
def test_a_folders_mistakes_are_told_with_their_place(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    (tmp_path / "one.yaml").write_text(text)
    errors = check_folder(tmp_path, AROUND, START).errors
    assert (errors[0].code, errors[0].location.line) == (code, line)
    assert errors[0].location.file == str(tmp_path / "one.yaml")


def test_a_good_folder_is_silent(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(FRAUD)
    (tmp_path / "two.yml").write_text("recording: fraud\nwhole: no\nstarts: 2026-11-22T09:00+09:00\n")
    (tmp_path / ".one.yaml.swp").write_text("rubbish: [")
    (tmp_path / ".hidden.yaml").write_text("rubbish: [")
    assert list(check_folder(tmp_path, AROUND, START)) == []
    found = find_files(tmp_path)
    assert found is not None
    assert [one.name for one in found] == ["one", "two"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"text: caf\xe9")
    (tmp_path / "long.yaml").write_text("text: a\n" + "#" * 70_000)
    (tmp_path / "same.yaml").write_text(FRAUD)
    (tmp_path / "same.yml").write_text(FRAUD)
    problems = check_folder(tmp_path, AROUND, START)
    assert [one.code for one in problems.errors] == ["ANN109", "ANN109", "ANN106"]
    assert find_files(tmp_path / "nowhere") is None


def test_recordings_are_found_in_the_folder_only(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    (prompts / "ko").mkdir(parents=True)
    (tmp_path / "outside.wav").touch()
    (prompts / "fraud.wav").touch()
    (prompts / "ko/late.ulaw").touch()
    assert has_recording(prompts, [], "fraud")
    assert has_recording(prompts, ["en", "ko"], "late")
    assert not has_recording(prompts, ["en"], "late")
    assert not has_recording(prompts, [], "../outside")
    assert not has_recording(prompts, [], "/etc/passwd")
    assert not has_recording(prompts, [], "")


def test_nobody_is_told_after_the_end() -> None:
    desk = Desk()
    desk.voice.slow = None
    later = desk.live.post(draft(), "kim")
    failed: list[object] = []
    later.addErrback(failed.append)
    desk.live.stop()
    desk.steady.advance(10)
    assert not desk.steady.getDelayedCalls()
    assert desk.journal.events == []
    assert Draft("a").whole
