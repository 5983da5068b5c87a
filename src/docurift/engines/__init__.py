"""Adapters to heavy tools, chosen and run in the sandboxed child."""
