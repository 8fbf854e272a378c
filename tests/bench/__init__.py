"""Benchmarks: never part of the tests, always beside a peer or a target. `make bench` runs them all.

A module `bench_<what>.py` offers `rows()`, a generator of dicts with these keys, all but `name` and `value` optional:

- `name`, `value`, `unit`: what was measured on our side
- `peer`, `peer_value`: the same on the other side, in the same unit
- `ratio`: how many times better we are than the peer
- `target`: what is asked for, in words; `ok`: whether it is reached

Each module runs in a process of its own, on a virtual display where Xvfb is there.
"""
