"""Networks in floating point, to be trained, and how they become networks of codes."""
