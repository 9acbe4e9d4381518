"""Filed agencies and leaders in memory, and the working days of authorities."""
