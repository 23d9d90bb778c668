"""Texts that a comma cuts, and lists of texts that are meant as such."""

from __future__ import annotations

import pytest

from ivrcore.dialplan.commas import check_commas
from ivrcore.problems import Problems
from ivrcore.yamltree import ListNode, parse_yaml


def told(text: str) -> int:
    problems = Problems()
    tree = parse_yaml(text, "x.yaml", problems)
    assert isinstance(tree, ListNode)
    check_commas(tree, problems)
    return len(problems)


@pytest.mark.parametrize(
    "text",
    [
        "[Press 1, 2 or 3.]",
        "[Press 1, 2 or 3]",
        "[Welcome to Example Bank, how can I help you?]",
        "[Good morning., For cards, press 1.]",
        "[您好, 请按1。]",
        "[안녕하세요, 예시은행입니다.]",
    ],
)
def test_a_cut_sentence_is_told_once(text: str) -> None:
    assert told(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[I did not hear you., Please press 1.]",
        "[Hello!, 1 is for cards.]",
        "[again, once more]",
        "[Hello, Goodbye]",
        "['Press 1', '2 or 3.']",
        "- Press 1\n- 2 or 3.",
        "[p]",
        "[]",
        "[{play: main}, or say cards.]",
        "[您好。, 请按1。]",
        "[네, 아니요]",
    ],
)
def test_a_list_of_texts_is_left_alone(text: str) -> None:
    assert told(text) == 0
