"""Pads to paint on: points by class, a digit or any grey picture, a mask, a curve. Their values are plain."""

from courseai_lab.ui.paint_pad.base import PaintPad
from courseai_lab.ui.paint_pad.box import PaintBox, make_pad
from courseai_lab.ui.paint_pad.curve import CurvePad
from courseai_lab.ui.paint_pad.grey import GreyPad, MaskPad
from courseai_lab.ui.paint_pad.points import PointsPad

__all__ = ["CurvePad", "GreyPad", "MaskPad", "PaintBox", "PaintPad", "PointsPad", "make_pad"]
