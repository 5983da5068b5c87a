"""Whatever changes a job: one action, one transaction."""
