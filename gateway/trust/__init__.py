"""Keys, signatures, sealing, receipts, contract codes, QR statements."""
