"""Documents: submit, look at their pages and results, save, delete."""
