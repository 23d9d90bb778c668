"""Why a contact got the agent it got: every decision about it rebuilt from the journal, and said in words."""
