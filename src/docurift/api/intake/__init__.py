"""How a body comes in: pieces under limits, files counted and hashed, fields parsed once."""
