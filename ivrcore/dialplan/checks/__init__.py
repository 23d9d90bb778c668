"""What can be wrong with a dialplan as a whole, a subject each. `ivrcore.dialplan.check` runs them all."""
