"""The HTTP edge: what the contract says, and nothing that opens a document."""
