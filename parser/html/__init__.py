"""HTML to text: what a reader sees, where links lead, what is quoted."""
