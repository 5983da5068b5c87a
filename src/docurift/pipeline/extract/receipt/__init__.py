"""Receipts: what was bought where, when and for how much."""
