"""What the help desk decides: a mail or a moment in, a `Change` out; no IO, no clock, no randomness."""
