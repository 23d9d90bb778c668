"""Built-in plugins: each a small file that uses only `ivrcore.api`."""
