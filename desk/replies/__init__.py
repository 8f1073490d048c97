"""The letters that the desk decides to write: acknowledgements, notifications, apologies, warnings."""
