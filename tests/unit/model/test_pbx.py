"""Ids tell which PBX they are of, and those of a single one stay as they always were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrcore.model.pbx import MAIN, apart, at, by_agi, contact_of, driver_of, pbx_of, pbx_of_driver

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", fullmatch=True)
CHANNELS = st.text(min_size=1, max_size=20)


@given(NAMES, CHANNELS)
def test_a_name_over_all_pbxs_says_both_parts(pbx: str, channel: str) -> None:
    assert apart(at(pbx, channel)) == (pbx, channel)
    assert pbx_of(contact_of(channel, pbx)) == pbx
    assert pbx_of(contact_of(channel, pbx) + ".v1.o2.l") == pbx


@given(st.lists(st.tuples(NAMES, CHANNELS), unique=True, max_size=5))
def test_no_two_channels_are_one_contact(channels: list[tuple[str, str]]) -> None:
    assert len({contact_of(channel, pbx) for pbx, channel in channels}) == len(channels)


@pytest.mark.parametrize("channel", ["1800000000.12", "pbx1-1800000000.12", "canary-ivrcore-a-1-far"])
def test_of_the_first_pbx_ids_are_those_of_before_there_were_several(channel: str) -> None:
    assert contact_of(channel) == f"c-{channel}"
    assert (at(MAIN, channel), apart(channel)) == (channel, (MAIN, channel))


def test_what_has_no_contacts_id_is_of_the_first() -> None:
    assert pbx_of("canary-ivrcore-a-1800000000000") == MAIN


@given(NAMES, CHANNELS)
def test_a_contact_by_agi_is_told_from_the_channel_itself(pbx: str, channel: str) -> None:
    contact = contact_of(channel, pbx)
    assert not by_agi(contact, channel)
    assert by_agi(f"{contact}-abcdef", channel)


@pytest.mark.parametrize(("pbx", "driver"), [(MAIN, "ari"), ("busan", "ari:busan"), ("ari", "ari:ari")])
def test_a_link_is_called_by_its_pbx(pbx: str, driver: str) -> None:
    assert driver_of(pbx) == driver
    assert pbx_of_driver(driver) == pbx
