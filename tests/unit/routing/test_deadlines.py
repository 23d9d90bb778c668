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
