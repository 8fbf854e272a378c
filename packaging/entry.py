"""Where the frozen lab starts."""

from __future__ import annotations

import multiprocessing

from courseai_lab.cli import main

if __name__ == "__main__":
    # A frozen program that is started again as a worker must not open a second window.
    multiprocessing.freeze_support()
    raise SystemExit(main())
