"""A process that is to take over from a lab's server, on a leash."""

import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Successor:
    """``pid`` is the process's own number, ``leash`` what ends it with us."""

    leash: "subprocess.Popen[str]"
    pid: int

    @property
    def ended(self) -> bool:
        """Whether it is gone."""
        return self.leash.poll() is not None

    def wait(self, seconds: float = 120.0) -> int:
        """Give the exit code with which it ends (256 - n if signal n did it)."""
        try:
            return self.leash.wait(seconds) & 0xFF
        finally:
            let_go(self.leash)


def let_go(leash: "subprocess.Popen[str]") -> None:
    """Close what leads to a process: one that still runs is ended."""
    for stream in (leash.stdin, leash.stdout):
        if stream is not None:
            stream.close()
