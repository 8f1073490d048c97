"""Service levels: policies, targets, and the deadlines that follow from a ticket's events."""
