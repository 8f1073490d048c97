"""What a mail does where it belongs: one module for each kind of route, and `decide` that chooses among them."""
