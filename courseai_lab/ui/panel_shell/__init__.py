"""What stands around every panel's picture: title, formula, form, sentence, transport, errors."""

from courseai_lab.ui.panel_shell.shell import PanelShell
from courseai_lab.ui.panel_shell.top_row import ShellAction

__all__ = ["PanelShell", "ShellAction"]
