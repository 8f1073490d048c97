"""What a mail says: bytes in, `ParsedMail` out; never raises, never does IO."""
