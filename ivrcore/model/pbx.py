"""Which of several Asterisks (PBXs) of one server a call or a phone is of: told by its name. Pure.

The first one leaves names as they are, so that what a journal holds of a site with a single PBX goes on to
mean the same. The others' stand before the name, so that one look at an id says where it belongs.
"""

from __future__ import annotations

ARI = "ari"
"""What the links that ARI has to PBXs are called."""
MAIN = "main"
"""The first PBX, or the only one."""
_AFTER = "~"
_CONTACT = "c-"


def at(pbx: str, name: str) -> str:
    """Give the name over all PBXs of what one of them calls ``name``: a channel, or a phone."""
    if pbx == MAIN:
        return name if _AFTER not in name else _AFTER + name
    return f"{pbx}{_AFTER}{name}"


def apart(name: str) -> tuple[str, str]:
    """Give the PBX, and what it calls by that name: the inverse of `at`."""
    if _AFTER not in name:
        return MAIN, name
    pbx, _, own = name.partition(_AFTER)
    return pbx or MAIN, own


def contact_of(channel: str, pbx: str = MAIN) -> str:
    """Give the id of the contact that a caller's channel is, which no other channel of any PBX has."""
    return _CONTACT + at(pbx, channel)


def pbx_of(contact: str) -> str:
    """Give the PBX of a contact, and of whatever has an id made of the contact's: its legs and bridges."""
    if _AFTER not in contact:
        return MAIN
    return contact.removeprefix(_CONTACT).partition(_AFTER)[0] or MAIN


def by_agi(contact: str, channel: str) -> bool:
    """Tell whether a contact came by AGI, on this channel (as its PBX calls it): its id is more than the
    channel's, which may be handed over again."""
    return contact.startswith(f"{contact_of(channel, pbx_of(contact))}-")


def driver_of(pbx: str) -> str:
    """Give the name that a PBX's link has in events, metrics and readiness."""
    return ARI if pbx == MAIN else f"{ARI}:{pbx}"


def pbx_of_driver(driver: str) -> str:
    """Give the PBX whose link has that name: the inverse of `driver_of`."""
    return driver.removeprefix(ARI).removeprefix(":") or MAIN
