"""The wire both ways (IMAP, Maildir, SMTP), and composing a finished RFC 5322 message from a reply."""
