"""Trained models: data, read when the modules that evaluate them are imported."""
