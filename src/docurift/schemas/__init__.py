"""One JSON Schema per document type."""
