"""Limits on use over time: what is counted, for whom, and what a client is told of it (contract section 1)."""
