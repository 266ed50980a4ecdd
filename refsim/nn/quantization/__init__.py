"""From networks in floating point to networks of codes."""
