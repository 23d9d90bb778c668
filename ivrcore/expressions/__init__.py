"""Pure: the small total language of a dialplan's conditions, values and texts with slots."""
