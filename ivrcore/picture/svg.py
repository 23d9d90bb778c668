"""A picture drawn by Graphviz's program ``dot``, as a child process without a shell and with a time-out.

Blocking: for a command line or a thread.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivrcore.errors import DrawingFailed
from ivrcore.picture.dot import dot
from ivrcore.picture.model import Picture

MOST_NODES = 600
"""Graphviz's time grows faster than the number of nodes, and nobody can read more in one picture."""
LONGEST = 30.0
"""Seconds that drawing may take."""
INSTALL = "install Graphviz (apt install graphviz), or take --format dot or mermaid, which need no program"
SMALLER = "draw a part of it: --from MENU --depth 2"


@dataclass(frozen=True, slots=True)
class Program:
    """How to start ``dot``: its command, and what to add to the environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def installed() -> Program:
    """Find ``dot`` on PATH; raise DrawingFailed with a hint where it is not."""
    found = shutil.which("dot")
    if found is None:
        raise DrawingFailed("the program dot, which draws the picture, is not there", hint=INSTALL)
    return Program((found,))


def svg(picture: Picture, program: Program | None = None, seconds: float = LONGEST) -> str:
    """Draw a picture as SVG; raise DrawingFailed where that does not work, or for one that is too large."""
    if len(picture.nodes) > MOST_NODES:
        message = f"{picture.name} has {len(picture.nodes)} places, too many for one picture ({MOST_NODES})"
        raise DrawingFailed(message, hint=SMALLER)
    return rendered(dot(picture), "svg", program, seconds).decode("utf-8")


def rendered(text: str, form: str, program: Program | None = None, seconds: float = LONGEST) -> bytes:
    """Let Graphviz make ``form`` (svg, png, plain …) of DOT text."""
    program = program or installed()
    try:
        done = subprocess.run(
            [*program.command, f"-T{form}"],
            input=text.encode("utf-8"),
            capture_output=True,
            env=os.environ | program.environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DrawingFailed(f"Graphviz took longer than {seconds:g} s", hint=SMALLER) from error
    except OSError as error:
        raise DrawingFailed(f"Graphviz cannot be started: {error}", hint=INSTALL) from error
    if done.returncode or not done.stdout:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise DrawingFailed(f"Graphviz did not draw: {why[-1] if why else f'exit code {done.returncode}'}")
    return done.stdout
