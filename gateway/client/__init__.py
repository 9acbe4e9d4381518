"""What programs on a partner's side use: signed requests, resumable uploads."""
