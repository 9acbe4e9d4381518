"""Electronic seals as pages: applied for, issued, revoked, renewed."""
