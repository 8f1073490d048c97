"""Mail out by SMTP (RFC 5321), with the final dot in our hands."""
