"""Takes jobs from the queue, runs each document in a sandboxed child, and says how it ended."""
