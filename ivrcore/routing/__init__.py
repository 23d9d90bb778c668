"""Who takes which contact: queues, agents, offers. Pure; see :mod:`ivrcore.routing.router`."""
