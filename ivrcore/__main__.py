"""`python -m ivrcore`: the same as the command `ivrcore`."""

from ivrcore.cli import main

main()
