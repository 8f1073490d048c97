"""How targets were met in a period: figures, causes, load, as text, table and page."""
