"""A partner's own WSDL as a door."""
