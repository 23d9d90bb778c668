"""The router under a virtual clock: what strategies and staffings do, and how many agents it takes."""
