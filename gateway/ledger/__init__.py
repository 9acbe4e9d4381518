"""The book: records with their states and versions, conflicts, the change feed; one writer, one reader."""
