"""Messages and text packed in something else: winmail.dat, RTF, S/MIME, PGP, invitations."""
