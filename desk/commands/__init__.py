"""What agents order by a line such as `/solve` or `/note`, and what it does to a ticket."""
