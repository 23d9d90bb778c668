"""A folder that was read before: what is the same is not checked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.versions.edition import Edition
from ivrcore.versions.opening import open_folder
from tests.unit.versions.shelf_site import Shelves, text

GOOD = text()


@pytest.fixture
def shelves(tmp_path: Path) -> Shelves:
    made = Shelves(tmp_path)
    made.save(GOOD)
    made.save(text("shop", "6000"), "shop.yaml")
    return made


def opened(shelves: Shelves, known: dict[str, Edition] | None = None) -> dict[str, Edition]:
    return open_folder(shelves.folder, shelves.site, shelves.store, 1.0, known or {}).assembly.editions


def test_what_is_known_is_taken_as_it_is_and_what_was_changed_is_read(shelves: Shelves) -> None:
    known = opened(shelves)
    shelves.save(text(words="Hello."))
    again = opened(shelves, known)
    assert again["shop.yaml"].plan is known["shop.yaml"].plan
    assert again["bank.yaml"].plan is not known["bank.yaml"].plan
    assert "Hello." in again["bank.yaml"].text


def test_a_file_that_was_broken_meanwhile_is_served_as_it_was_known(shelves: Shelves) -> None:
    known = opened(shelves)
    shelves.save(text(queue="generel"))
    assert opened(shelves, known)["bank.yaml"].plan is known["bank.yaml"].plan


def test_a_file_that_is_gone_is_not_served(shelves: Shelves) -> None:
    known = opened(shelves)
    (shelves.folder / "shop.yaml").unlink()
    assert opened(shelves, known).keys() == {"bank.yaml"}
