"""What the people who run Postdesk use: the `postdesk` command and the loopback mail server."""
