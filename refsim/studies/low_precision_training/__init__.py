"""Training with low-precision multiplications: the study of arXiv 1412.7024."""
