"""pyst2's commands behind the fence: escaped arguments, whole results, no signal, no stderr, no traceback."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivrcore.errors import IvrError, LegGone, RequestFailed, WireError
from ivrcore.telephony.agi.commands import Agi

FUZZ = settings(max_examples=200, deadline=None, database=None, derandomize=True)


class Peer:
    """Asterisk's side: the lines it says, and what it was told."""

    def __init__(self, *lines: bytes) -> None:
        self.lines = list(lines)
        self.told: list[str] = []
        self.on_read: Callable[[], None] = lambda: None
        self.agi = Agi(self.read, self.told.append)

    def read(self) -> bytes:
        self.on_read()
        return self.lines.pop(0) + b"\n" if self.lines else b""


def test_no_signal_is_taken_over_and_nothing_is_written_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGHUP)
    peer = Peer(b"200 result=1")
    peer.agi.set_variable("NAME", "a caller's name")
    assert signal.getsignal(signal.SIGHUP) is before
    assert capsys.readouterr() == ("", "")


def test_a_name_with_a_line_end_hangs_nobody_up() -> None:
    peer = Peer(b"200 result=1")
    peer.agi.set_variable("NAME", 'Kim" \nHANGUP\n')
    assert peer.told == ['SET VARIABLE "NAME" "Kim\\"  HANGUP "\n']


def test_pyst2s_own_methods_say_what_they_said() -> None:
    peer = Peer(*[b"200 result=0"] * 6)
    agi = peer.agi
    agi.stream_file("sub folder/hello", [1, 2, "#"], 8000)
    agi.hangup()
    agi.say_number(17, "#")
    agi.record_file("/tmp/x", "wav", "#", 5000, 0, "beep", 3)
    agi.appexec("Dial", "PJSIP/ann,20")
    agi.channel_status()
    assert peer.told == [
        'STREAM FILE "sub folder/hello" "12#" 8000\n',
        "HANGUP\n",
        'SAY NUMBER "17" "#"\n',
        'RECORD FILE "/tmp/x" wav "#" 5000 0 beep s=3\n',
        'EXEC Dial "PJSIP/ann,20"\n',
        "CHANNEL STATUS\n",
    ]


def test_results_that_pyst2_cuts_are_whole() -> None:
    peer = Peer(
        b"200 result=1 (two words)", b"200 result=1 (line one", b"line) two", b"end)", b"200 result=1 (x y)"
    )
    assert peer.agi.get_variable("A") == "two words"
    assert peer.agi.get_variable("B") == "line one\nline) two\nend"
    assert peer.agi.database_get('fam"ily', "key") == "x y"
    assert peer.told[-1] == 'DATABASE GET "fam\\"ily" "key"\n'


def test_the_usage_of_a_command_is_one_answer() -> None:
    peer = Peer(
        b"520-Invalid command syntax.",
        b"Usage: x",
        b"200 result=1",
        b"520 End of proper usage.",
        b"200 result=0",
    )
    with pytest.raises(RequestFailed) as caught:
        peer.agi.execute("STREAM FILE")
    assert caught.value.status == 520
    assert peer.agi.wait_for_digit(1) == ""


@pytest.mark.parametrize(
    ("lines", "error", "hung_up"),
    [
        ([b"510 Invalid or unknown command"], RequestFailed, False),
        ([b"520 Invalid command syntax.  Proper usage not available."], RequestFailed, False),
        ([b"511 Command Not Permitted on a dead channel"], LegGone, True),
        ([b"HANGUP", b"511 Command Not Permitted on a dead channel"], LegGone, True),
        ([b"200 result=-1"], RequestFailed, False),
        ([b"HANGUP", b"200 result=-1"], RequestFailed, True),
        ([], LegGone, True),
        ([b"HANGUP"], LegGone, True),
        ([b"999 result=1"], WireError, False),
        ([b"nonsense"], WireError, False),
    ],
)
def test_every_bad_answer_is_an_error_of_ours(
    lines: list[bytes], error: type[IvrError], hung_up: bool
) -> None:
    peer = Peer(*lines)
    with pytest.raises(error):
        peer.agi.answer()
    assert peer.agi.hung_up is hung_up


def test_the_calls_end_is_not_an_answer() -> None:
    peer = Peer(b"HANGUP", b"200 result=1 (16)")
    assert peer.agi.get_variable("HANGUPCAUSE") == "16"
    assert peer.agi.hung_up


def test_being_at_it_is_not_an_answer() -> None:
    peer = Peer(b"100 result=0 Trying...", b"200 result=53")
    assert peer.agi.wait_for_digit(1000) == "5"


@pytest.mark.parametrize(
    ("lines", "digit"),
    [
        ([b"200 result=1", b"200 result=0"], "\x01"),
        ([b"200 result=53", b"200 result=0"], "5"),
        ([b"HANGUP", b"200 result=0", b"200 result=0"], ""),
    ],
)
def test_a_wait_is_interrupted(lines: list[bytes], digit: str) -> None:
    peer = Peer(*lines)
    done: list[bool] = []
    peer.on_read = lambda: done or done.append(peer.agi.interrupt())  # type: ignore[func-returns-value, assignment]
    assert peer.agi.wait_for_digit(60000) == digit
    assert peer.told == ["WAIT FOR DIGIT 60000\n", "NOOP\n"]
    assert peer.agi.interrupted
    assert peer.lines == []


@pytest.mark.parametrize(
    ("lines", "ended"),
    [
        ([b"200 result=0"], ("", 0)),
        ([b"200 result=0 endpos=4000", b"200 result=0"], ("", 4000)),
        ([b"200 result=53 endpos=4000", b"200 result=0"], ("5", 4000)),
    ],
)
def test_a_file_is_interrupted(lines: list[bytes], ended: tuple[str, int]) -> None:
    peer = Peer(*lines)
    done: list[bool] = []
    peer.on_read = lambda: done or done.append(peer.agi.interrupt())  # type: ignore[func-returns-value, assignment]
    assert peer.agi.stream("hello", "123") == ended
    assert peer.lines == []
    assert not peer.agi.interrupt()  # nothing is under way


def test_an_interrupt_that_is_said_again_is_answered_again() -> None:
    peer = Peer(b"200 result=0", b"200 result=0", b"200 result=0")
    done: list[bool] = []

    def twice() -> None:
        if not done:
            done.extend((peer.agi.interrupt(), peer.agi.interrupt(), peer.agi.interrupt()))

    peer.on_read = twice
    assert peer.agi.stream("hello", "123") == ("", 0)
    assert peer.lines == []


def say(lines: list[bytes], which: int) -> None:
    """Have a command answered so; nothing but a value or an error of ours comes of it."""
    peer = Peer(*[line.replace(b"\n", b"") for line in lines])
    agi = peer.agi
    calls: list[Callable[[], object]] = [
        agi.answer,
        lambda: agi.wait_for_digit(1),
        lambda: agi.stream("x", "1"),
        lambda: agi.get_variable("x"),
        lambda: agi.appexec("Dial", "x"),
        lambda: agi.record_file("x"),
        lambda: agi.channel_status(),
    ]
    with contextlib.suppress(IvrError):
        calls[which]()


@pytest.mark.slow
@FUZZ
@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(0, 6))
def test_any_lines_end_in_a_value_or_an_error_of_ours(lines: list[bytes], which: int) -> None:
    say(lines, which)


@pytest.mark.slow
@FUZZ
@given(
    st.sampled_from([b"200 result=", b"200 result=1 ", b"511 ", b"520-", b"HANGUP"]),
    st.binary(max_size=40),
    st.integers(0, 5),
)
@example(b"200 result=", b"0 result=", 1)
def test_nearly_right_lines_too(start: bytes, rest: bytes, which: int) -> None:
    say([start + rest], which)
