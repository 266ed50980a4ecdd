"""Layers in floating point: what each computes, forward and backward."""
