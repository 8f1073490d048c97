"""What a text states: transactions, addresses, amounts, identifiers."""
