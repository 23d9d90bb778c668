"""Sites to check dialplans against, and the dialplans that nothing is wrong with."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from dialplan_caller import SAMPLES

from ivrcore.config.hearing import Heard, heard_of
from ivrcore.dialplan.check import Site
from ivrcore.dialplan.parse import Verbs
from ivrcore.plugin_manager import load_plugins

VALID = sorted((Path(__file__).parent / "valid").glob("*.yaml"))
QUEUES = frozenset({"general", "cards", "loans"})
RECORDINGS = frozenset(f"{tag}/{name}" for tag in ("en", "ko", "zh") for name in ("welcome", "main"))


@cache
def verbs() -> Verbs:
    return load_plugins().verbs()


@cache
def heard() -> Heard:
    return heard_of(None, load_plugins())


def full_site() -> Site:
    """A site with everything that can be checked against."""
    english = heard().pronouncing["en"]
    return Site(
        queues=QUEUES,
        skills={"english", "korean"},
        recordings={*RECORDINGS, "hello"},
        lookups={"customer", "customers", "supervisors"},
        mailboxes={"complaints"},
        verbs=verbs(),
        capabilities={"dial", "dial_alone", "bridge", "record", "early_media"},
        lexicons={"en": english},
        pronouncing={"en": english},
        today=date(2026, 11, 22),
    )


def samples() -> list[Path]:
    """The dialplans that ship with ivrcore."""
    return sorted([*SAMPLES.glob("*.yaml"), *SAMPLES.glob("samples/*/dialplans/*.yaml")])
