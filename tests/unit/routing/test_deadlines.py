"""One deadline per thing, the earliest first."""

from ivrcore.routing.deadlines import Deadline, Deadlines, Kind


def test_the_earliest_comes_first_and_replacing_leaves_one() -> None:
    deadlines = Deadlines()
    assert deadlines.first() is None
    deadlines.set(Kind.VISIT, "v1", 5.0)
    deadlines.set(Kind.OFFER, "o1", 5.0)
    deadlines.set(Kind.AGENT, "ann", 7.0)
    assert deadlines.first() == Deadline(5.0, Kind.OFFER, "o1")
    deadlines.set(Kind.OFFER, "o1", 9.0)
    deadlines.set(Kind.VISIT, "v1", None)
    deadlines.set(Kind.VISIT, "v1", None)
    assert deadlines.first() == Deadline(7.0, Kind.AGENT, "ann")
    deadlines.set(Kind.AGENT, "ann", None)
    deadlines.set(Kind.OFFER, "o1", None)
    assert deadlines.first() is None


def test_deadlines_that_are_replaced_again_and_again_do_not_pile_up() -> None:
    deadlines = Deadlines()
    deadlines.set(Kind.AGENT, "ann", 1.0)
    for number in range(10_000):
        deadlines.set(Kind.VISIT, f"v{number}", 100.0 + number)
        deadlines.set(Kind.VISIT, f"v{number}", None)
        deadlines.set(Kind.VISIT, "moved", 200.0 - number / 100)
    assert len(deadlines) < 200
    assert deadlines.first() == Deadline(1.0, Kind.AGENT, "ann")
    deadlines.set(Kind.AGENT, "ann", None)
    assert deadlines.first() == Deadline(200.0 - 99.99, Kind.VISIT, "moved")
    deadlines.set(Kind.VISIT, "moved", None)
    assert deadlines.first() is None
