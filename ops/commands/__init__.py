"""One module for each command, named by its words: `postdesk sla due` is `sla_due.py`."""
