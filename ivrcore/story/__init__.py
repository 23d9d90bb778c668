"""One contact's story: what happened to it, from first ring to the end of wrap-up, in order and in words."""
