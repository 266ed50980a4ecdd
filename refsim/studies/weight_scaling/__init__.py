"""Weight scaling against bit flips: the study of arXiv 2411.18993."""
