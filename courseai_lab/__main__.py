"""`python -m courseai_lab` is the command `courseai-lab`."""

from courseai_lab.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
