"""What options make of a condition: each is a condition around another one."""
