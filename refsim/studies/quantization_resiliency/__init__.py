"""Resiliency under quantization: the study of arXiv 1511.06488."""
