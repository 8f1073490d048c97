"""Who wrote a mail: a person, or a machine such as a bounce, a vacation notice or a challenge."""
