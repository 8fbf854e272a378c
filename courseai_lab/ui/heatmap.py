"""Maps of values: ``Heatmap`` for matrices and images, ``ContourMap`` for functions of two variables."""

from courseai_lab.ui.plots.contour_map import ContourMap
from courseai_lab.ui.plots.handles import HandleMove, Handles
from courseai_lab.ui.plots.heat import Heatmap
from courseai_lab.ui.plots.heat_model import Cell

__all__ = ["Cell", "ContourMap", "HandleMove", "Handles", "Heatmap"]
