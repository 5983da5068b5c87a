"""Values as they are printed: parsers of amounts, dates, numbers, currencies, countries and addresses.

Each tells where in a text the value stands, so that it can be quoted. What a single value leaves open (which sign is
the decimal one, whether the day comes first) is decided once for a document.
"""
