"""Public: what plugin authors and the host's own tests build on."""
