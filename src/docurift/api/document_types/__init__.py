"""The document types and the schemas of their results."""
