"""Training scripts, one for each shipped network: ``python -m courseai_lab.training.<name> --data DIR``."""
