"""Holds what is stored against the transparency log, and the log against its checkpoints."""
