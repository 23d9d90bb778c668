"""What people said instead: the words of failed turns, menu by menu, and nothing that tells who. Pure.

Numbers are masked, also spoken ones, what was said in a language whose number words are not known is not told
at all, nor what fewer than so many contacts said: a name or an address is hardly said by several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from ivrcore.kept.masking import MASK, is_masked, masked
from ivrcore.kept.model import Head

LEAST = 3
"""Contacts who must have said a thing before it is told, unless more are asked for."""
FEWEST = 2
"""No fewer can be asked for."""
MOST = 10
"""Phrases of a menu that are told, and words."""


class Said(msgspec.Struct, frozen=True):
    """A phrase or a word, and how many contacts said it in a failed turn."""

    text: str
    contacts: int


class MenuWords(msgspec.Struct, frozen=True, kw_only=True):
    """Of one menu: how many are kept, have words, are labelled; how many of these mean a choice.

    The words of ``untold`` ones are of a language in which no spoken numbers are known.
    """

    plan: str
    menu: str
    kept: int
    worded: int
    labelled: int
    meant: int
    untold: int = 0
    phrases: list[Said] = []
    words: list[Said] = []


def said_instead(heads: Iterable[Head], least: int = LEAST, most: int = MOST) -> list[MenuWords]:
    """Tell what was said in each menu's failed turns, the most frequent first."""
    menus: dict[tuple[str, str], list[Head]] = defaultdict(list)
    for head in heads:
        menus[head.plan, head.menu].append(head)
    return [_of_menu(menus[key], max(least, FEWEST), most) for key in sorted(menus)]


def _of_menu(heads: list[Head], least: int, most: int) -> MenuWords:
    phrases: dict[str, set[str]] = defaultdict(set)
    words: dict[str, set[str]] = defaultdict(set)
    told = [head for head in heads if is_masked(head.language)]
    for head in told:
        text = masked(head.words)
        if text.strip(MASK + " "):
            phrases[text].add(head.contact)
        for word in set(text.split()) - {MASK}:
            words[word].add(head.contact)
    labelled = [head for head in heads if head.labelled]
    return MenuWords(
        plan=heads[0].plan,
        menu=heads[0].menu,
        kept=len(heads),
        worded=sum(bool(head.words) for head in heads),
        labelled=len(labelled),
        meant=sum(bool(head.means) for head in labelled),
        untold=sum(bool(head.words) for head in heads) - sum(bool(head.words) for head in told),
        phrases=_frequent(phrases, least, most),
        words=_frequent(words, least, most),
    )


def _frequent(found: dict[str, set[str]], least: int, most: int) -> list[Said]:
    told = [Said(text, len(contacts)) for text, contacts in found.items() if len(contacts) >= least]
    return sorted(told, key=lambda one: (-one.contacts, one.text))[:most]
