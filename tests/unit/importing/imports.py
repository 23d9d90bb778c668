"""What the tests of imports share: a source's text in, the dialplan as plain values and the list out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ivrcore.importing.run import import_files
from ivrcore.problems import Problems

SAMPLES = Path(__file__).parent / "samples"


class Result(NamedTuple):
    """The YAML, its values (numbers and booleans as YAML reads them), and what is listed."""

    text: str
    plan: Any
    problems: Problems

    @property
    def codes(self) -> list[str]:
        """The codes listed, recordings and numbers aside: every small source has those."""
        return [problem.code for problem in self.problems if problem.code not in ("IMP201", "IMP205")]


def read(path: Path, **options: str) -> Result:
    """Import one file."""
    imported = import_files([path], **options)
    assert imported.text is not None
    return Result(imported.text, yaml.safe_load(imported.text), imported.problems)


def conf(folder: Path, text: str, **options: str) -> Result:
    """Import the text of an extensions.conf."""
    path = folder / "extensions.conf"
    path.write_text(text, encoding="utf-8")
    return read(path, **options)
