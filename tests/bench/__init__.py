"""Measurements: `python -m tests.bench [scenario …]`, or `make bench ARGS=…`.

Each scenario compares *ours* with *bare* (the same rows without our logic) and, where there is one, a
*peer*. The sides take turns within a round and the report gives the median of per-round ratios, for
absolute rates say more about the machine than about us. A fast wrong run is a failure.
"""
