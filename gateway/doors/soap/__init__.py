"""The SOAP door of the service itself."""
