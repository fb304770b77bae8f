"""Floor 1: what a hook takes and returns, and how vendors are loaded and called."""
