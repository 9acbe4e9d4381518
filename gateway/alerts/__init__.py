"""What somebody should look at: raised, counted, closed with its cause."""
