"""Widgets: forms, plots, pictures, formulas, the look. Knows no panel, no engine and no torch."""
