"""Floor 0: values, rules and the transition table. Standard library only; no I/O, no clock."""
