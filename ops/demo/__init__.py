"""`postdesk demo`: a mail server of its own, people who write, and a screen to watch it on."""
