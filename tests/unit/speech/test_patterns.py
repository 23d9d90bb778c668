from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.speech.patterns import DEEPEST, Fault, Pattern, count, expand, parse, silent, written

PROVEN = settings(max_examples=200, deadline=None, database=None, derandomize=True)


def ways(text: str) -> tuple[str, ...]:
    pattern = parse(text)
    assert not isinstance(pattern, Fault), pattern
    return expand(pattern)


def fault(text: str) -> Fault:
    found = parse(text)
    assert isinstance(found, Fault), found
    return found


def test_a_plain_text_is_one_phrase() -> None:
    assert ways("block my card") == ("block my card",)


def test_words_in_square_brackets_may_be_left_out() -> None:
    assert ways("[please] help") == ("help", "please help")


def test_a_bar_stands_between_alternatives_and_round_brackets_hold_them() -> None:
    assert ways("(block | cancel) my card") == ("block my card", "cancel my card")
    assert ways("cards | card") == ("cards", "card")


def test_the_first_way_is_the_shortest_one() -> None:
    assert ways("[please] (block | cancel) [my] card") == (
        "block card",
        "block my card",
        "cancel card",
        "cancel my card",
        "please block card",
        "please block my card",
        "please cancel card",
        "please cancel my card",
    )


def test_what_stands_side_by_side_is_one_word() -> None:
    assert ways("card[s]") == ("card", "cards")
    assert ways("카드[를] 분실") == ("카드 분실", "카드를 분실")


def test_brackets_stand_within_brackets() -> None:
    assert ways("[(could|can) you [please]] help") == (
        "help",
        "could you help",
        "could you please help",
        "can you help",
        "can you please help",
    )
    assert ways("([a] b | c)") == ("b", "a b", "c")


def test_a_way_counts_once() -> None:
    assert ways("[a] [a] b") == ("b", "a b", "a a b")


def test_brackets_that_do_not_fit_are_told_where_they_are() -> None:
    assert fault("block [my card").at == 6
    assert fault("block my] card").at == 8
    assert fault("block (my] card").at == 6
    assert fault("a (b | ) c").at == 3
    assert fault("a [] c").at == 3
    assert fault("| a").at == 0


def test_what_could_be_said_by_silence_is_no_phrase() -> None:
    for text in ("", "  ", "[please]", "[a] [b]", "([a] | b)"):
        assert "nothing" in fault(text).message


def test_very_deep_and_very_wide_patterns_are_only_counted() -> None:
    assert "too many brackets" in fault("(" * 10_000 + "a" + ")" * 10_000).message
    assert ways("(" * DEEPEST + "a" + ")" * DEEPEST) == ("a",)
    wide = parse("a " + "[b] " * 5_000)
    assert not isinstance(wide, Fault)
    assert count(wide, 200) == 201


@PROVEN
@given(st.text("ab []()|", max_size=40))
def test_any_text_is_a_pattern_or_has_a_fault_within_it(text: str) -> None:
    found = parse(text)
    if isinstance(found, Fault):
        assert 0 <= found.at <= len(text)
        assert found.message
        return
    if count(found, 500) <= 500:
        said = expand(found)
        assert 1 <= len(said) <= count(found, 500)
        assert all(said)
    assert not silent(found)


def _same(one: Pattern, other: Pattern) -> bool:
    return sorted(expand(one)) == sorted(expand(other))


@PROVEN
@given(st.text("ab []()|", max_size=30))
def test_a_pattern_that_is_written_reads_the_same(text: str) -> None:
    found = parse(text)
    if isinstance(found, Fault) or count(found, 500) > 500:
        return
    again = parse(written(found))
    assert not isinstance(again, Fault)
    assert _same(found, again), written(found)
