"""What people see in a terminal: each command prints what the parts below it know."""
