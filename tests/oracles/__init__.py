"""The specification and the engine against implementations that were made elsewhere."""
