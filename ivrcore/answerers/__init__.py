"""Who answers what a dialplan asks of the outside: lookups, supervisors, transfers, messages, call-backs."""
