"""What multipliers cost in gates: Verilog of each, checked against the specification, and counts from an open synthesis."""
