"""Hostile mail is read in worker processes that may crash, hang or eat memory without harm to the daemon."""
