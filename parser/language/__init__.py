"""The language of a person's own words."""
