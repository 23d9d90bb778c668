"""`python -m ivrcore.lab`: the private PBX and what runs on it."""

import argparse
import importlib
import signal
import sys
from collections.abc import Callable, Sequence

from ivrcore.lab.groups import GROUPS, fetch_group
from ivrcore.lab.packages import LabError, fetch, fetch_old

COMMANDS = {
    "fetch": ("", "fetch Asterisk (also 16), SIPp, voices into .lab/; or a group: fetch graphviz"),
    "pbx": ("ivrcore.lab.pbx_command:main", "start a private Asterisk and print where it listens"),
    "demo": ("ivrcore.lab.demo:main", "a hotline with callers and agents"),
    "monitoring": ("ivrcore.lab.monitoring:main", "the demo, Prometheus, Alertmanager and wallboard"),
    "bench": ("ivrcore.lab.bench:main", "figures beside a bare Asterisk"),
    "chaos": ("ivrcore.lab.chaos:main", "the server killed again and again under calls, and the audit"),
    "soak": ("ivrcore.lab.soak:main", "minutes of traffic, after which all figures must agree"),
    "soak-speech": (
        "ivrcore.lab.soak_speech:main",
        "thousands of recognitions, and what they leave in memory",
    ),
    "soak-load": (
        "ivrcore.lab.soak_load:main",
        "an hour at half of the capacity: none fails, memory is flat",
    ),
    "corpus": ("ivrcore.lab.corpus:main", "labelled speech to evaluate recognisers on"),
}
"""Each command's function, imported only when it is asked for, and its help line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its own options come after its name."""
    lines = "\n".join(f"  {name:13}{text}" for name, (_, text) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m ivrcore.lab",
        epilog=f"commands:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of that command")
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        if chosen.command == "fetch" and chosen.options:
            return _fetch_groups(chosen.options)
        fetch()
        if chosen.command == "fetch":
            _fetch_old()
        return _run(COMMANDS[chosen.command][0], chosen.options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _fetch_groups(names: Sequence[str]) -> int:
    for name in names:
        if name not in GROUPS:
            raise LabError(f"there is no group {name}; those that there are: {', '.join(GROUPS)}")
        fetch_group(name)
    return 0


def _fetch_old() -> None:
    try:
        fetch_old()
    except LabError as error:  # nothing but the tests of it needs it, and they say so too
        print(f"lab: {error}; what is shown with it counts as not run", file=sys.stderr)


def _terminated(*_: object) -> None:
    raise KeyboardInterrupt  # so that `with` blocks stop what they started


def _run(target: str, options: Sequence[str]) -> int:
    if not target:
        return 0
    module, _, function = target.partition(":")
    run: Callable[[Sequence[str]], int] = getattr(importlib.import_module(module), function)
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
