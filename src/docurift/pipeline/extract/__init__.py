"""From pages to typed values, each with the words that say it."""
