"""Records that did not pass: listed, edited, replayed, handed back as a workbook."""
