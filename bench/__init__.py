"""Benchmarks: every figure beside a naive peer and a floor, measured in the same run. `make bench`, or `make bench-NAME`.

Each module has `run() -> dict`; `__main__` writes JSON, a table and a plot under `bench/results/`. Nothing here is a test.
"""
