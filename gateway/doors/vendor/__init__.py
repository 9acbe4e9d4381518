"""The regional e-contract vendor's SOAP service."""
