"""Lines of AGI: nothing leaves its argument, every answer is read whole, bad lines are errors."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.errors import WireError
from ivrcore.telephony.agi import wire

FUZZ = settings(max_examples=200, deadline=None, database=None, derandomize=True)
ENVIRONMENT = [
    b"agi_network: yes",
    b"agi_network_script: s3cret/hotline?entry=welcome&x=%41&entry=other",
    b"agi_uniqueid: 1795374207.0",
    b"agi_callerid: 0212345678",
    b"agi_calleridname: unknown",
    b"agi_dnid: 701",
    b"agi_context: from-trunk",
    b"agi_extension: s",
    b"agi_priority: 1",
    b"agi_enhanced: 0.0",
    b"agi_accountcode: ",
    b"agi_threadid: 1404",
    b"agi_arg_1: one, two",
    b"agi_arg_2:",
]


REST = ENVIRONMENT[-8:-2]


def unquoted(text: str) -> list[str]:
    """Split a line as Asterisk's `parse_args` does."""
    words: list[str] = []
    word, quoted, escaped, inside = "", False, False, False
    for character in text:
        if escaped:
            word, escaped = word + character, False
        elif character == "\\":
            escaped = inside = True
        elif character == '"':
            quoted, inside = not quoted, True
        elif character in " \t" and not quoted:
            if inside:
                words.append(word)
            word, inside = "", False
        else:
            word, inside = word + character, True
    assert not quoted
    return [*words, word] if inside else words


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("plain", '"plain"'),
        ("", '""'),
        ('say "hello"', '"say \\"hello\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ('end\\"', '"end\\\\\\""'),
        ("x\nHANGUP", '"x HANGUP"'),
        ("x\r\n\tHANGUP\0", '"x   HANGUP "'),
        ("x\x85y\u2028z", '"x y z"'),
        ("김철수", '"김철수"'),
        (17, '"17"'),
    ],
)
def test_a_value_stays_one_argument(value: object, sent: str) -> None:
    assert wire.quote(value) == sent


@pytest.mark.slow
@FUZZ
@given(st.text(max_size=200))
def test_no_text_leaves_its_argument(value: str) -> None:
    line = wire.line("SET VARIABLE", "NAME", wire.quote(value))
    assert line.count("\n") == 1
    assert line.endswith("\n")
    words = unquoted(line.removesuffix("\n"))
    assert words[:3] == ["SET", "VARIABLE", "NAME"]
    assert len(words) == 4
    assert len(words[3]) == len(value)


@pytest.mark.slow
@FUZZ
@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_bare_argument_becomes_another(values: list[str]) -> None:
    line = wire.line("STREAM FILE", *values)
    assert unquoted(line.removesuffix("\n"))[2:] == [
        wire._SPECIAL.sub(lambda found: found.group() if found.group() in '"\\' else " ", value)
        for value in values
        if value
    ]


def test_what_asterisk_would_cut_is_not_sent() -> None:
    with pytest.raises(WireError, match="longer"):
        wire.line("SET VARIABLE", "X", "é" * 1000)
    with pytest.raises(WireError, match="longer"):
        wire.line("EXEC", *["x"] * 101)
    with pytest.raises(WireError, match="one line"):
        wire.line("NOOP", wire.Quoted("x\nHANGUP"))


def test_a_lone_surrogate_does_not_stop_a_command() -> None:
    assert wire.line("SET VARIABLE", "X", wire.quote("\ud800")).endswith('"\ud800"\n')


def test_a_request_is_read() -> None:
    request = wire.request(ENVIRONMENT)
    assert (request.script, dict(request.query)) == ("hotline", {"entry": "welcome", "x": "A"})
    assert (request.channel_id, request.number) == ("1795374207.0", "701")
    assert (request.caller_number, request.caller_name) == ("0212345678", "")
    assert request.arguments == ("one, two", "")
    assert request.knows("s3cret")
    assert not request.knows("s3creT")
    assert not request.knows("")
    assert "s3cret" not in repr(request)


@pytest.mark.parametrize(
    ("path", "script"),
    [(b"s3cret/hotline", "hotline"), (b"/s3cret/hotline/", "hotline"), (b"s3cret/route?x", "route")],
)
def test_a_path_is_a_secret_and_a_script(path: bytes, script: str) -> None:
    lines = [b"agi_uniqueid: 1.0", b"agi_network_script: " + path, *REST]
    assert wire.request(lines).script == script


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [b"agi_uniqueid: 1.0", *REST],
        [b"agi_uniqueid: 1.0", b"agi_network_script: hotline", *REST],
        [b"agi_uniqueid: 1.0", b"agi_network_script: s/a/b", *REST],
        [b"agi_uniqueid: 1.0", b"agi_network_script: s/../../x", *REST],
        [b"agi_uniqueid: a b", b"agi_network_script: s/hotline", *REST],
        [b"agi_uniqueid: 1.0", b"agi_network_script: s/hotline?" + b"&".join([b"a=1"] * 60), *REST],
        [b"agi_uniqueid: 1.0", b"agi_network_script: s/a", *REST, REST[1]],
        [b"agi_uniqueid: 1.0", b"agi_network_script: s/a", *REST[1:]],
        [b"GET / HTTP/1.1"],
        [b"\xff\xfe"],
    ],
)
def test_what_is_no_request_is_an_error(lines: list[bytes]) -> None:
    with pytest.raises(WireError):
        wire.request(lines)


@pytest.mark.parametrize(
    ("raw", "result", "data", "fields"),
    [
        (b"200 result=0", "0", "", {}),
        (b"200 result=-1 endpos=0", "-1", "", {"endpos": "0"}),
        (b"200 result=42 endpos=4160", "42", "", {"endpos": "4160"}),
        (b"200 result= (timeout)", "", "timeout", {}),
        (b"200 result=12*# (timeout)", "12*#", "timeout", {}),
        (
            b'200 result=1 (speech) endpos=0 results=1 score0=90 text0="my card (gold)" grammar0=menu',
            "1",
            "speech",
            {"endpos": "0", "results": "1", "score0": "90", "text0": "my card (gold)", "grammar0": "menu"},
        ),
    ],
)
def test_an_answer_is_read_whole(raw: bytes, result: str, data: str, fields: dict[str, str]) -> None:
    answer = wire.reply(raw)
    assert (answer.result, answer.data, dict(answer.fields)) == (result, data, fields)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"200 result=1 (en)", "en"),
        (b"200 result=1 (a) b=(c d)", "a) b=(c d"),
        (b"200 result=1 (a\nb)", "a\nb"),
        (b"200 result=1 ()", ""),
        (b"200 result=0", ""),
    ],
)
def test_a_value_may_hold_anything(raw: bytes, value: str) -> None:
    assert wire.reply(raw, value=True).data == value


@pytest.mark.parametrize(
    "raw", [b"", b"HANGUP", b"200", b"200 x", b"2000 result=1", b"abc", b"\xff" * 900, b"200 result=x"]
)
def test_what_is_no_answer_is_an_error_with_the_line(raw: bytes) -> None:
    with pytest.raises(WireError) as caught:
        wire.reply(raw)
    assert caught.value.raw == raw[: wire.HIDDEN]


@pytest.mark.slow
@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_an_error_with_the_line(raw: bytes) -> None:
    for value in (False, True):
        try:
            kept = wire.reply(raw, value=value).raw
        except WireError as error:
            kept = error.raw
        assert kept[: wire.HIDDEN] == raw[: wire.HIDDEN]


NUMBER = 79
"""Most characters of a number or an extension in Asterisk."""
EARLY = [b"agi_network_script: s3cret/hotline", b"agi_uniqueid: 1.1"]


def until_empty(*parts: bytes) -> list[bytes]:
    """What is taken for the environment: the lines up to the first empty one."""
    lines = b"\n".join((*EARLY, *parts)).split(b"\n")
    return lines[: lines.index(b"")]


def test_a_dialled_extension_does_not_end_the_environment_with_an_answer_of_its_own() -> None:
    names = (b"agi_priority", b"agi_enhanced", b"agi_accountcode", b"agi_threadid")
    rest = b"".join(name + b":\n" for name in names)
    formed = b"agi_priority:1\nagi_enhanced:0.0\nagi_accountcode:\nagi_threadid:1\n"
    for dialled in (b"\n" + rest + b"\n200 result=1", b"\n" + formed + b"\n200 result=1"):
        assert len(dialled) <= NUMBER
        said = until_empty(b"agi_context: from-trunk", b"agi_extension: " + dialled)
        with pytest.raises(WireError, match="not whole"):
            wire.request(said)
    whole = b"\nagi_priority: 1\nagi_enhanced: 0.0\nagi_accountcode: \nagi_threadid: 1\n\n"
    assert len(whole + b"200 result=") > NUMBER


def test_a_callers_number_and_the_one_dialled_do_not_end_the_environment_together() -> None:
    number = b"\nagi_context: x\nagi_extension: 1\nagi_priority: 1\nagi_enhanced: 0.0"
    dialled = b"\nagi_accountcode: \nagi_threadid: 1\n\n200 result=1"
    assert max(len(number), len(dialled)) <= NUMBER
    said = until_empty(b"agi_callerid: " + number, b"agi_calleridname: Kim", b"agi_dnid: " + dialled)
    with pytest.raises(WireError, match="not whole"):
        wire.request(said)


@pytest.mark.parametrize(
    "rest",
    [
        [*REST[:2], b"agi_priority: x", *REST[3:]],
        [*REST[:3], b"agi_enhanced: yes", *REST[4:]],
        [*REST[:5], b"agi_threadid: "],
        [*REST[:5], b"agi_threadid:1404"],
        [REST[1], REST[0], *REST[2:]],
        [*REST, b"agi_dnid: 701"],
        [b"agi_arg_1: of a number", *REST],
    ],
    ids=["priority", "enhanced", "thread", "space", "order", "not last", "argument"],
)
def test_the_end_of_an_environment_is_as_asterisk_says_it(rest: list[bytes]) -> None:
    with pytest.raises(WireError, match="not whole"):
        wire.request([*EARLY, *rest])


def test_what_a_number_may_hold_is_too_short_to_make_an_environment_whole() -> None:
    assert len("\n".join(f"{name}: " for name in wire.LAST)) > NUMBER
