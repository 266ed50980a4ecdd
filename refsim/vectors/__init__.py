"""Golden vectors: their files, the choice of operands, generation, verification of devices, and diagnosis."""
