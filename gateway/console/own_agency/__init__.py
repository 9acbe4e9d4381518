"""An agency without a system, at its own desk: its facts, branches and outlets, people, and what was said of them."""
