"""Mail in by IMAP (RFC 3501, 9051)."""
