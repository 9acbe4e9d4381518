"""The composition root: every part is made here, once, and handed to whoever needs it."""
