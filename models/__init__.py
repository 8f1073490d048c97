"""What is kept: tables, plain functions over a session, migrations, and the vault of raw bytes."""
