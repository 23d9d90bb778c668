"""The verbs that every dialplan has, a small file each: `ivrcore.dialplan.core_verbs` lists them."""
