"""The composition root: builds a server from its configuration, starts it in order, stops it in reverse.

Nothing else in ivrcore knows all the parts. `run` is what `ivrcore serve` calls.
"""

from ivrcore.service.run import main

__all__ = ["main"]
