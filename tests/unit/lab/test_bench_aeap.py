"""The arithmetic of the benchmark's AEAP part."""

from ivrcore.lab.bench_aeap import FILTER, Took


def test_what_aeap_adds_is_counted_utterance_by_utterance_with_its_filter() -> None:
    added = Took(menu=[0.300, 0.410], aeap=[0.310, 0.408]).added
    assert [round(one, 4) for one in added] == [0.0115, -0.0005]
    assert FILTER == 0.0015
