"""Plots of lines, points, bars and bands. pyqtgraph is imported with the first plot, not before."""

from courseai_lab.ui.plots.handles import HandleMove, Handles
from courseai_lab.ui.plots.plot import Plot

__all__ = ["HandleMove", "Handles", "Plot"]
