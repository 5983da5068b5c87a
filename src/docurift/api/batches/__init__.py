"""Batches: many documents in one call, and their results as they come."""
