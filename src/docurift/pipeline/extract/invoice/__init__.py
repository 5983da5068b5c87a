"""Invoices: header fields, parties, line items, and whether the sums agree."""
