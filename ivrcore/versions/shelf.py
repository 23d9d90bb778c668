"""What is served now: editions by file, name and number, and what two such states differ by.

On the reactor's thread, and never blocking: taking a new state in is an exchange of references. Calls keep
the plan that they began with by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ivrcore.dialplan.model import plain_number
from ivrcore.model import events
from ivrcore.versions.store import Publication

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event
    from ivrcore.versions.edition import Edition


class Shelf:
    """The served editions."""

    def __init__(self) -> None:
        self.by_file: Mapping[str, Edition] = {}
        self.by_name: Mapping[str, Edition] = {}
        self._by_number: Mapping[str, Plan] = {}

    def serve(self, editions: Mapping[str, Edition]) -> None:
        """Give new calls these (by file) from now on."""
        self.by_file = dict(editions)
        self.by_name = {one.name: one for one in sorted(editions.values(), key=lambda one: one.name)}
        self._by_number = {number: one.plan for one in editions.values() for number in one.plan.numbers}

    def plan_for(self, number: str) -> Plan | None:
        """Give the plan that a call to the number begins with."""
        return self._by_number.get(plain_number(number))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that is served."""
        return tuple(self._by_number)


def differences(
    before: Mapping[str, str], after: Mapping[str, Edition], author: Mapping[str, str], common: Publication
) -> list[tuple[Publication, str]]:
    """Give the publications, with their texts, that lead from ``before`` (name -> version) to ``after``.

    ``author`` is by file, in place of the one in ``common``, which gives how, when and why.
    """
    found: list[tuple[Publication, str]] = []
    for name, edition in after.items():
        if before.get(name) != edition.version:
            one = _like(
                common, name, edition.version, before.get(name, ""), edition.file, author.get(edition.file)
            )
            found.append((one, edition.text))
    for name, version in before.items():
        if name not in after:
            found.append((_like(common, name, "", version, "", None), ""))
    return found


def _like(
    common: Publication, name: str, version: str, before: str, file: str, author: str | None
) -> Publication:
    return Publication(
        name=name,
        version=version,
        before=before,
        author=author or common.author,
        how=common.how,
        at=common.at,
        note=common.note,
        file=file,
    )


def as_event(one: Publication) -> Event:
    """Give the event of a publication."""
    if one.version:
        return events.DialplanPublished(
            at=one.at,
            name=one.name,
            version=one.version,
            before=one.before,
            author=one.author,
            how=one.how,
        )
    return events.DialplanWithdrawn(
        at=one.at, name=one.name, version=one.before, author=one.author, how=one.how
    )
