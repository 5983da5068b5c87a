"""One folder for each document type: its JSON Schema, the one source of its result, its docs and its labels."""
