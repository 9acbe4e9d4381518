"""What knows no word of the domain: settings, problems, the one clock, ids, logs, state machines."""
