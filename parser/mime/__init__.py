"""The form of a message: structure, header fields, charsets, transfer encodings (RFC 2045-2049, 5322)."""
