"""`pocketsphinx`: what of a network can be heard."""

from __future__ import annotations

import pytest
from ivrcore_plugins.pocketsphinx import _transitions, ivrcore_recogniser
from ivrcore_plugins.pocketsphinx_decoding import Ways

from ivrcore.dialplan.saying import money_names
from ivrcore.speech.amounts import Money
from ivrcore.speech.network import Network, maybe, network, one_of, row
from ivrcore.speech.recogniser import Grammar
from ivrcore.speech.slots import Slot, SlotKind
from tests.support.speaking import speech


def spoken(ways: Ways) -> set[str]:
    """Give what may be said where two ways without a word never follow each other: as its search does."""
    found: set[str] = set()
    left: list[tuple[int, str, bool]] = [(0, "", False)]
    while left:
        at, said, jumped = left.pop()
        if at == 1:
            found.add(said.strip())
        for start, end, _, *word in ways.transitions:
            if start == at and (word or not jumped):
                left.append((end, f"{said} {word[0]}" if word else said, not word))
    return found


def test_what_may_be_left_out_may_be_left_out_with_what_follows() -> None:
    parts = [one_of(["hundred"]), maybe(one_of(["one"])), maybe(one_of(["two"])), maybe(one_of(["euros"]))]
    ways = Ways(tuple(_transitions([], network(row(*parts)))), network=True)
    assert {"hundred", "hundred euros", "hundred one euros", "hundred one two euros"} < spoken(ways)
    assert len(spoken(ways)) == 8
    assert all(0 < likely <= 1 for _, _, likely, *_ in ways.transitions)


def test_ways_without_words_that_go_round_have_an_end() -> None:
    round_about = Network(((0, 2, "one"), (2, 3, ""), (3, 2, ""), (3, 1, "")))
    assert spoken(Ways(tuple(_transitions([], round_about)), network=True)) == {"one"}


@pytest.mark.slow
def test_a_round_amount_is_heard_before_its_name() -> None:
    slot = Slot(SlotKind.AMOUNT, "en", money=Money(*money_names("EUR", "en")))
    engine = ivrcore_recogniser("pocketsphinx", "en", {})
    assert engine is not None
    one = engine.recogniser(Grammar("en", (), network=slot.network, slot=slot))
    one.feed(speech("one hundred euros", "en"))
    assert slot.read(one.finish()[0].text) == "100"
