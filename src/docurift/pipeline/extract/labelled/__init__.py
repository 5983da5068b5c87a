"""Finds the values of any schema by the labels that stand beside them.

`sheet` cuts a page into segments, `labels` finds the labels on it, `around` what stands beside each, `printed` reads it
by its kind, `choose` settles who gets which words; `parties`, `rows` and `contract` find what is more than one value.
"""
