"""Runs a program that must not outlive whoever started it.

`python leash.py PROGRAM ARG…` starts the program, prints its process id, and ends it as soon as its own
standard input closes, which the kernel does however the starter ends. PR_SET_PDEATHSIG alone would not
do: it fires when the starting *thread* ends, so it is used only below this single-threaded process.
Standard library only, and runs as a file: it starts in a fraction of what a package import takes.
"""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys

OPEN_FILES = 20_000
NOTHING_KEPT = "PYTHONDONTWRITEBYTECODE"
"""Set, Python compiles every module again at each start; an installed server has them compiled."""
GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends; run between fork and exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def raise_file_limit() -> None:
    """Allow more open files: a call is several sockets, and the usual limit is 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def as_installed() -> dict[str, str]:
    """Give the environment of a program that starts as it does where it is installed: compiled once."""
    return {name: value for name, value in os.environ.items() if name != NOTHING_KEPT}


def main(argv: list[str]) -> int:
    """Run `argv` until it ends, our standard input closes or we are terminated; its exit status."""
    # A terminal's Ctrl-C reaches the starter too, which decides. A function, since ignoring is inherited.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    raise_file_limit()
    program = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),  # ours carries the process id, and nobody reads on
        preexec_fn=die_with_parent,
        start_new_session=True,
        env=as_installed(),
    )
    try:
        print(program.pid, flush=True)
        select.select([sys.stdin.fileno(), os.pidfd_open(program.pid)], [], [])
    finally:
        end(program)
    return program.wait()


def end(program: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL when that did not help; nothing when it has ended already."""
    program.terminate()
    try:
        program.wait(GRACE)
    except subprocess.TimeoutExpired:
        program.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
