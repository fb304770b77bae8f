"""Floor 5: the LMS API, the vendors' callbacks, tokens and health, over HTTP."""
