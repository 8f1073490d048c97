"""Whose mail it is, and how far that is proven (RFC 8601, DKIM, look-alike names)."""
