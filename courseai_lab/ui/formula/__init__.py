"""Formulas: TeX set by ziamath, with named terms that can be pointed at."""

from courseai_lab.ui.formula.typeset import Setting, TexError, check_tex, typeset
from courseai_lab.ui.formula.view import FormulaView

__all__ = ["FormulaView", "Setting", "TexError", "check_tex", "typeset"]
