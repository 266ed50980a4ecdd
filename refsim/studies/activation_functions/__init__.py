"""Activation functions and soft errors: the study of arXiv 2504.05119."""
