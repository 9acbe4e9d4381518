"""What the pages of qualification records share: one record with its history, and the word of an authority on it."""
