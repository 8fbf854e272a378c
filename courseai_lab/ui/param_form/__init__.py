"""The form that follows from a panel's ``Params`` and ``Look`` alone."""

from courseai_lab.ui.param_form.form import ParamForm
from courseai_lab.ui.param_form.number import NumberEdit, read_number, write_number
from courseai_lab.ui.param_form.row import FieldRow
from courseai_lab.ui.param_form.scale import Scale, scale_of
from courseai_lab.ui.param_form.slider import ValueSlider

__all__ = ["FieldRow", "NumberEdit", "ParamForm", "Scale", "ValueSlider", "read_number", "scale_of", "write_number"]
