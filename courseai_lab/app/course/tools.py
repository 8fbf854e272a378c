"""What lessons may not import themselves: expressions that are compared, formulas that are set, numbers as written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from courseai_lab.kernels.expression import ExpressionError, parse
from courseai_lab.lessons.check import Tools

PLACES = 40
CLOSE = 1e-7
_CHANCE = 20_260


def equal_expressions(typed: str, expected: str, names: Sequence[str]) -> str:
    """Whether two expressions are the same function of ``names``: "" when they agree at 40 random points.

    Positive and negative points are tried, and points where one of them has no value do not count. Otherwise one
    sentence: what cannot be read, or that the two differ.
    """
    variables = tuple(names) or ("x",)
    try:
        left = parse(typed, variables)
    except ExpressionError as error:
        return str(error)
    right = parse(expected, variables)
    # Fixed points: the same answer is judged the same way every time.
    rng = np.random.default_rng(_CHANCE)
    points = rng.uniform(0.2, 3.0, (PLACES, len(variables)))
    points[PLACES // 2 :] *= rng.choice((-1.0, 1.0), (PLACES - PLACES // 2, len(variables)))
    mine, theirs = np.asarray(left(*points.T)), np.asarray(right(*points.T))
    counts = np.isfinite(theirs)
    if not counts.any():
        return "the expression it is compared with has no value."
    if not np.isfinite(mine[counts]).all():
        return "this has no value where it should have one."
    off = np.abs(mine - theirs)[counts]
    if (off <= CLOSE * (1.0 + np.abs(theirs[counts]))).all():
        return ""
    return "this is another function; try a value in both."


def tex_problem(tex: str) -> str:
    """What is wrong with a formula, or ""."""
    from courseai_lab.ui.formula.typeset import TexError, check_tex, typeset

    try:
        unknown = check_tex(tex)
        if unknown:
            return f"{unknown[0]} is not known and would be printed as it is."
        typeset(tex, 16.0, "#000000")
    except TexError as error:
        return str(error)
    return ""


def tools() -> Tools:
    """For ``lessons.check``."""
    return Tools(tex_problem, equal_expressions)
