"""What a panel shows, in words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost


def explanation(host: PanelHost) -> str:
    """The panel's summary, its lessons, and what to notice in its prepared states, as rich text."""
    panel = host.panel
    notes = "".join(f"<li><b>{escape(p.title)}</b>: {escape(p.note)}</li>" for p in host.presets)
    lessons = f"<p>Lessons {escape(', '.join(panel.lessons))}</p>" if panel.lessons else ""
    return f"<p>{escape(panel.summary)}</p>{lessons}<ul>{notes}</ul>"
