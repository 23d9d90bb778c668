"""The wallboard's figures, and how their changes are pushed. Must not know of HTTP."""
