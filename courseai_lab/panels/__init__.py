"""Panels: one folder each, found by ``courseai_lab.contract.discover``."""
