"""The way out: which addresses this service may call, and how it calls them."""
