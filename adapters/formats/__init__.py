"""Bytes in, records with their places out.

A reader is `read(source, options) -> Iterator[SourceRecord | Rejection]`. It streams: memory does not grow with the
number of records. A document that cannot be read at all raises `Unreadable`; one bad record among good ones is a
`Rejection` and its neighbours still pass. Readers never normalise values: that is the mapping's work.
"""
