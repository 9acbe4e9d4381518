"""The SFTP drop."""
