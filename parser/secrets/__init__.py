"""Secrets in a text: seed phrases, keys, passwords, codes, identity numbers."""
