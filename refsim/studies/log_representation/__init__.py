"""Logarithmic data representation: the study of arXiv 1603.01025."""
