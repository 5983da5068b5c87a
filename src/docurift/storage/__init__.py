"""Everything that remembers: one function per question, SQL in files; never commits."""
