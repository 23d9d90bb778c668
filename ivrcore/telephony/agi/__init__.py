"""Calls that an existing dialplan hands over by ``AGI(agi://…)``: the FastAGI driver."""
