"""Opening hours: zones, holidays, closures, and the arithmetic of business time."""
