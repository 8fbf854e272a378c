"""A small course over the test panels, as text."""

from __future__ import annotations

from pathlib import Path

HEADER = """\
id = "1.1.1"
title = "Counting"
panel = "still"
objectives = ["Count."]
sources = ["Peano, Arithmetices principia (1889)"]

[[scenes]]
id = "slow"
title = "By one"
params = { by = 1.0, steps = 5 }
try = "Count along."
notice = "Five steps end at 4."

[[scenes]]
id = "fast"
title = "By two"
params = { by = 2.0, steps = 5 }
beside = [{ panel = "counter", params = { steps = 4 } }]

[[questions]]
id = "end"
scene = "slow"
kind = "number"
ask = "Where does it end?"
answer = { of = "slow", field = "total" }
absolute = 0.5
because = ["It is {answer}.", "Too low: {answer}.", "Too high: {answer}."]

[[questions]]
id = "double"
scene = "fast"
kind = "pick"
ask = "And by two?"
choices = ["at 8", "at 10"]
answer = 0
because = ["Four steps of two.", "The first frame counts nothing."]

[[questions]]
id = "sum"
kind = "blank"
ask = "After $n$ frames"
lines = ["total = [[by*(n - 1)]]"]
given = { by = 2.0, n = 5.0 }
hint = ["The first frame counts nothing."]

[[tour]]
id = "first"
steps = [
  { say = "Count by three.", light = "by", done = "by >= 3" },
  { say = "Look at the count.", done = "frame.total > 10" },
]
"""
FILLER = "One and one is two, and one more is three, and so it goes on. " * 8
BODY = f"""\
Counting [adds](term:add) the same number again and again: $t_n = b\\,(n - 1)$.

{FILLER}

[By one](scene:slow) it ends at [4](value:slow/total),
[by two](do:by=2) at [8.0](value:fast/total). [Walk](tour:first) it.

$$\\sum_{{i=1}}^{{n}} b$$

## In short

- Adding is counting.
- The first frame counts **nothing**.
"""
OUTLINE = """\
lessons = [
  { series = "1", module = "1.1", id = "1.1.1", kind = "I", title = "Counting", panel = "still" },
  { series = "1", module = "1.1", id = "1.1.2", kind = "N", title = "More counting", panel = "nowhere" },
]

[[series]]
id = "1"
title = "Numbers"

[[modules]]
id = "1.1"
title = "Whole ones"
"""
GLOSSARY = """\
[add]
title = "Add"
says = "Put $b$ on top."
lessons = ["1.1.1"]
"""


def text(header: str = HEADER, body: str = BODY) -> str:
    """A lesson's file."""
    return f"+++\n{header}+++\n\n{body}"


def write_course(folder: Path, header: str = HEADER, body: str = BODY) -> Path:
    """The course in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outline.toml").write_text(OUTLINE, encoding="utf-8")
    (folder / "glossary.toml").write_text(GLOSSARY, encoding="utf-8")
    (folder / "1.1.1.md").write_text(text(header, body), encoding="utf-8")
    return folder
