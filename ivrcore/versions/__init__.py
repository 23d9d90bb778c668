"""The dialplans under live calls: every version is kept, a new one takes effect only when its check passes.

Must not know of calls, of the web, or of how prompts are spoken: `library` says what it needs of those.
"""

from ivrcore.versions.change import Needs, Order
from ivrcore.versions.library import Library
from ivrcore.versions.store import Publication, VersionStore, store_path

__all__ = ["Library", "Needs", "Order", "Publication", "VersionStore", "store_path"]
