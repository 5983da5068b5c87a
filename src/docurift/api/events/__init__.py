"""The event log: by pages, and as streams fed from one LISTEN connection."""
