"""One sentence that a comma of ``[…]`` cuts into two texts: YAML takes the comma for its own.

Told only where the pieces look like one sentence: no end after the first, and no beginning of the second.
"""

from __future__ import annotations

from itertools import pairwise

from ivrcore.dialplan import rules
from ivrcore.problems import Problems, quoted
from ivrcore.yamltree import ListNode, ScalarNode

_ENDS = tuple(".!?:;…。！？：；.'\"”’»」』)]】）")
_STOPS = tuple(".!?…。！？")


def check_commas(node: ListNode, problems: Problems) -> None:
    """Report the first cut of a list of texts."""
    items = node.items
    for at, (first, second) in enumerate(pairwise(items)):
        if not isinstance(first, ScalarNode) or not isinstance(second, ScalarNode):
            continue
        # what stands on one line stands in […]; what has quotes was not cut
        if first.location.line != second.location.line or not (first.plain and second.plain):
            continue
        if first.text.endswith(_ENDS):  # nearly all
            continue
        later = [item.text.endswith(_STOPS) for item in items[at + 1 :] if isinstance(item, ScalarNode)]
        if is_cut(first.text, second.text, stops=any(later)):
            message = f"{quoted(first.text)} and {quoted(second.text)} look like one text, cut at the comma"
            hint = "put the whole text in quotes, or on a line of its own after '-'"
            problems.report(rules.CUT_SENTENCE, second.location, message, hint)
            return


def is_cut(first: str, second: str, *, stops: bool) -> bool:
    """Whether two texts, the first without an end, look like parts of one.

    ``stops``: the second or a later one has an end.
    """
    if not first or not second:
        return False
    begins = second[0]
    if begins.isupper() or not begins.isalnum():
        return False
    return stops or (first[0].isupper() and (begins.islower() or begins.isdigit()))
