"""Pure steps from bytes to values; sync; no database, HTTP, settings or logger; runs in the sandboxed child."""
