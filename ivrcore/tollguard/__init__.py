"""The toll-fraud guard: which outside numbers may be dialled, by which way, and how often. Pure."""

from ivrcore.tollguard.guard import Allowed, Asked, GuardState, Refused, Rules, apply, decide
from ivrcore.tollguard.number import canonical

__all__ = ["Allowed", "Asked", "GuardState", "Refused", "Rules", "apply", "canonical", "decide"]
