"""Members by name: several phones, changing names, and more of them than have rows."""

from __future__ import annotations

from collections import Counter

from ivrcore.app_queue.families import METRICS, Shown
from ivrcore.app_queue.fold import MOST_MEMBERS, MOST_NAMES, OTHERS
from tests.unit.app_queue.asterisk_says import Heard, completed, member, params
from tests.unit.app_queue.test_app_queue_ledger import shown


def who(said: bytes, name: str = "Kim", phone: str = "agent1", queue: str = "support") -> bytes:
    """Say it of another member."""
    named = said.replace(b"PJSIP/agent1", f"PJSIP/{phone}".encode()).replace(b"Kim", name.encode())
    return named.replace(b"Queue: support", f"Queue: {queue}".encode())


def assert_no_row_is_there_twice(heard: Heard) -> None:
    for metric in METRICS:
        rows = Counter(labels for labels, _ in metric.family(Shown("pbx", heard.ledger, heard.now)).rows)
        assert not [labels for labels, count in rows.items() if count > 1], metric.name


def test_given_a_member_who_moves_to_another_phone_when_shown_then_the_name_has_one_row() -> None:
    heard = Heard()
    heard.status(params(), times=3)
    added, gone = member("QueueMemberAdded"), member("QueueMemberRemoved")
    heard.hear(added, completed(0, 5), gone)
    heard.hear(who(added, phone="desk2"), who(completed(0, 5), phone="desk2"))
    rows = shown(heard)
    assert rows["members_logged_in", "support"] == 1
    assert rows["member_state", "support", "Kim", "ready"] == 1
    assert rows["member_calls", "support", "Kim"] == 2
    assert_no_row_is_there_twice(heard)


def test_given_a_name_at_two_phones_when_one_of_them_talks_then_the_name_talks() -> None:
    heard = Heard()
    heard.status(params())
    heard.hear(member(status=5), who(member(in_call=1, status=2), phone="desk2"))
    rows = shown(heard)
    assert rows["member_state", "support", "Kim", "talking"] == 1
    assert rows["member_state", "support", "Kim", "unreachable"] == 0


def test_given_a_phone_with_another_name_when_shown_then_the_first_name_keeps_its_calls() -> None:
    heard = Heard()
    heard.status(params())
    heard.hear(member(), completed(0, 5), who(member(), "Lee"), who(completed(0, 5), "Lee"))
    rows = shown(heard)
    assert rows["member_calls", "support", "Kim"] == rows["member_calls", "support", "Lee"] == 1
    assert rows["member_state", "support", "Kim", "ready"] == 0
    assert rows["member_state", "support", "Lee", "ready"] == 1


def test_given_a_member_named_as_the_others_when_shown_then_it_is_one_of_them() -> None:
    heard = Heard()
    heard.status(params(), times=3)
    for phone in ("x", "y"):
        heard.hear(who(member("QueueMemberAdded"), OTHERS, phone), who(completed(0, 5), OTHERS, phone))
    rows = shown(heard)
    assert rows["member_calls", "support", OTHERS] == 2
    assert ("member_state", "support", OTHERS, "ready") not in rows
    assert_no_row_is_there_twice(heard)


def test_given_more_names_than_have_rows_when_a_queue_goes_then_the_others_do_not_go_back() -> None:
    heard = Heard()
    heard.status(params("first"), params(), times=3)
    added = member("QueueMemberAdded")
    heard.hear(*[who(added, f"F{number}", f"f{number}", "first") for number in range(2)])
    for number in range(MOST_NAMES):
        heard.hear(*[who(said, f"K{number}", f"k{number}") for said in (added, completed(0, 5))])
    assert shown(heard)["member_calls", "support", OTHERS] == 2
    heard.status(params(), times=3)
    heard.now += 8 * 86400
    heard.status(params())
    assert "first" not in heard.ledger.figures.queues
    assert shown(heard)["member_calls", "support", OTHERS] == 2
    heard.hear(who(added, "New", "new"))
    assert shown(heard)["member_calls", "support", "New"] == 0
    assert_no_row_is_there_twice(heard)


def test_given_more_phones_than_are_kept_when_one_is_forgotten_then_its_names_calls_are_not() -> None:
    heard = Heard()
    heard.status(params())
    heard.hear(member(), completed(0, 5), member("QueueMemberRemoved"))
    heard.hear(*[who(member(), "Lee", f"x{number}") for number in range(MOST_MEMBERS)])
    assert "PJSIP/agent1" not in heard.queue.members
    assert shown(heard)["member_calls", "support", "Kim"] == 1
