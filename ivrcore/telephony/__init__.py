"""Legs and the drivers that carry them: ARI now, FastAGI beside it."""
