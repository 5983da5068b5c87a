"""What operators and their machines ask, without a key."""
