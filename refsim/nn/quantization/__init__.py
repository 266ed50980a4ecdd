"""From networks in floating point to networks of codes, under schemes that choose formats and datapaths for each layer."""
