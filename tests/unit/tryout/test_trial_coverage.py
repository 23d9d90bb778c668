"""Coverage counts every way that a call may take."""

from ivrcore.model import events as ev
from ivrcore.tryout.coverage import Coverage
from tests.unit.tryout.trial_tools import plan_of, ran


def missed(coverage: Coverage, name: str) -> list[str]:
    return next([item.what for item in group.missed] for group in coverage.groups() if group.name == name)


def test_given_no_calls_when_counted_then_every_way_is_missed_with_its_line() -> None:
    coverage = Coverage.of([plan_of()])
    assert coverage.covered == 0
    assert missed(coverage, "main") == ["choice one", "choice two", "no input", "no match", "otherwise"]
    assert missed(coverage, "welcome") == ["if hours.branch == 'open'", "else"]
    assert missed(coverage, "account") == [
        "account/0: digits for account",
        "account/0: no input",
        "account/0: no match",
        "account/0: otherwise",
        "branch account == '4711'",
        "else",
    ]
    assert all(item.location.line > 1 for group in coverage.groups() for item in group.missed)


def test_given_calls_when_counted_then_what_they_took_is_not_missed() -> None:
    coverage = ran("- silence\n- press: 9\n- press: 1").coverage
    assert missed(coverage, "main") == ["choice two", "otherwise"]
    assert missed(coverage, "welcome") == ["else"]


def test_given_universals_that_count_when_counted_then_each_menu_has_them() -> None:
    plan = plan_of()
    coverage = Coverage.of([plan], universals=True)
    assert "universal help" in missed(coverage, "main")
    coverage.take(
        plan, [ev.UniversalUsed(at=0, contact="c", menu="main", turn=1, universal="help", by="key")]
    )
    assert "universal help" not in missed(coverage, "main")


def test_given_no_way_to_choose_when_counted_then_all_is_covered() -> None:
    plan = plan_of('name: x\nnumbers: {"1": {start: a}}\nblocks: {a: [{say: Hello.}]}')
    assert Coverage.of([plan]).percent == 100
