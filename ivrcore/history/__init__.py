"""History: what happened, as rows of a database that reports are made of. A projection of the journal."""
