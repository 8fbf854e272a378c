"""From tokens to Qt: the palette and the one style sheet that every standard control wears."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from PySide6.QtGui import QColor, QPalette

from courseai_lab.paths import cache_dir
from courseai_lab.ui.icons import svg_source
from courseai_lab.ui.theme_fonts import MONO_FAMILY, TEXT_FAMILY
from courseai_lab.ui.theme_tokens import Theme


def palette(theme: Theme) -> QPalette:
    """The theme as a QPalette, for Fusion and for whatever draws itself without the style sheet."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    result = QPalette()
    for target, color in (
        (role.Window, theme.ground),
        (role.WindowText, theme.text),
        (role.Base, theme.ground),
        (role.AlternateBase, theme.raised),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.error),
        (role.Light, theme.hover),
        (role.Midlight, theme.hover),
        (role.Mid, theme.outline),
        (role.Dark, theme.control),
        (role.Shadow, theme.outline),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Accent, theme.accent),
    ):
        result.setColor(target, QColor(color))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(group.Disabled, target, QColor(theme.disabled))
    result.setColor(group.Disabled, role.Highlight, QColor(theme.outline))
    return result


def style_sheet(theme: Theme) -> str:
    """The style sheet for ``theme``. Writes the few small pictures that it needs into the cache folder."""
    parts = (
        _base(theme),
        _buttons(theme),
        _fields(theme),
        _sliders(theme),
        _checks(theme),
        _frames(theme),
        _lists(theme),
    )
    return "\n".join(parts)


def _picture(name: str, svg: str) -> str:
    """Style sheets take pictures only as files: one file per content, so that themes never mix."""
    digest = hashlib.sha256(svg.encode()).hexdigest()[:12]
    try:
        folder = cache_dir() / "style"
        folder.mkdir(exist_ok=True)
        return _written(folder / f"{name}-{digest}.svg", svg)
    except OSError:
        return _written(Path(tempfile.gettempdir()) / f"courseai-lab-{name}-{digest}.svg", svg)


def _written(path: Path, text: str) -> str:
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")
    return path.as_posix()


def _glyph(name: str, color: str) -> str:
    return f'image: url("{_picture(name, svg_source(name, color))}");'


def _switch(theme: Theme, track: str, thumb: str, on: bool, edge: str) -> str:
    height = round(theme.text_px * 1.4)
    width = round(height * 1.75)
    r = height / 2
    x = width - r if on else r
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect x="1" y="1" width="{width - 2}" height="{height - 2}" rx="{r - 1}" fill="{track}" stroke="{edge}" '
        f'stroke-width="1.5"/><circle cx="{x}" cy="{r}" r="{r - 4}" fill="{thumb}"/></svg>'
    )
    return f'image: url("{_picture("switch", svg)}"); width: {width}px; height: {height}px;'


def _base(t: Theme) -> str:
    return f"""
* {{ font-family: "{TEXT_FAMILY}"; font-size: {t.text_px}px; }}
QWidget {{ color: {t.text}; selection-background-color: {t.accent}; selection-color: {t.on_accent}; outline: none; }}
QMainWindow, QDialog {{ background: {t.ground}; }}
QWidget:disabled {{ color: {t.disabled}; }}
QLabel {{ background: transparent; }}
*[role="title"] {{ font-size: {t.title_px}px; font-weight: 600; }}
*[role="caption"] {{ font-size: {t.caption_px}px; color: {t.muted}; }}
*[role="muted"] {{ color: {t.muted}; }}
*[role="error"] {{ color: {t.error}; }}
*[role="warning"] {{ color: {t.warning}; }}
*[role="mono"] {{ font-family: "{MONO_FAMILY}", "{TEXT_FAMILY}"; }}
QFrame[role="card"], QFrame[role="raised"] {{
  background: {t.raised}; border: {t.outline_px}px solid {t.outline}; border-radius: {t.radius}px; }}
QFrame[frameShape="4"], QFrame[frameShape="5"] {{ color: {t.outline}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: {t.outline_px}px solid {t.outline};
  padding: {t.gap(1)}px {t.gap(2)}px; font-size: {t.caption_px}px; }}
"""


def _buttons(t: Theme) -> str:
    radius = t.radius - 2
    ring = max(2, t.outline_px)
    pad_y, pad_x = t.gap(1.25), t.gap(3)
    return f"""
QPushButton {{ background: {t.raised}; border: {ring}px solid {t.outline}; border-radius: {radius}px;
  padding: {pad_y}px {pad_x}px; font-weight: 500; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:pressed {{ background: {t.pressed}; }}
QPushButton:checked {{ background: {t.selected}; border-color: {t.accent}; }}
QPushButton:default, QPushButton[role="primary"] {{
  background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; }}
QPushButton:default:hover, QPushButton[role="primary"]:hover {{
  background: {t.accent_hover}; border-color: {t.accent_hover}; }}
QPushButton:focus {{ border-color: {t.accent}; }}
QPushButton:default:focus, QPushButton[role="primary"]:focus {{ border-color: {t.text}; }}
QPushButton:disabled, QPushButton[role="primary"]:disabled {{
  background: {t.ground}; color: {t.disabled}; border-color: {t.outline}; }}
QPushButton[role="quiet"] {{ background: transparent; border-color: transparent; }}
QPushButton[role="quiet"]:hover {{ background: {t.hover}; }}
QPushButton[role="quiet"]:focus {{ border-color: {t.accent}; }}
QPushButton::menu-indicator {{ {_glyph("chevron-down", t.muted)} width: {t.text_px}px;
  subcontrol-position: right center; right: {t.gap(1)}px; }}
QToolButton {{ background: transparent; border: {ring}px solid transparent; border-radius: {radius}px;
  padding: {t.gap(0.75)}px; }}
QToolButton:hover {{ background: {t.hover}; }}
QToolButton:pressed {{ background: {t.pressed}; }}
QToolButton:checked {{ background: {t.selected}; color: {t.text}; }}
QToolButton:focus {{ border-color: {t.accent}; }}
QToolButton:disabled {{ color: {t.disabled}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton[segment="true"] {{ background: {t.raised}; border-color: {t.outline}; padding: {pad_y}px {t.gap(2)}px;
  border-radius: {radius}px; }}
QToolButton[segment="true"]:hover {{ background: {t.hover}; }}
QToolButton[segment="true"]:checked {{ background: {t.selected}; border-color: {t.accent}; font-weight: 500; }}
QToolButton[segment="true"]:focus {{ border-color: {t.text}; }}
"""


def _fields(t: Theme) -> str:
    ring = max(2, t.outline_px)
    radius = t.radius - 2
    line = "QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit"
    focus = ", ".join(f"{name}:focus" for name in line.split(", "))
    hover = ", ".join(f"{name}:hover:!focus" for name in line.split(", "))
    off = ", ".join(f"{name}:disabled" for name in line.split(", "))
    up, down = _glyph("chevron-up", t.muted), _glyph("chevron-down", t.muted)
    return f"""
{line} {{ background: {t.ground}; border: {ring}px solid {t.outline}; border-radius: {radius}px;
  padding: {t.gap(0.75)}px {t.gap(2)}px; }}
{hover} {{ border-color: {t.control}; }}
{focus} {{ border-color: {t.accent}; }}
{off} {{ color: {t.disabled}; background: {t.raised}; }}
*[invalid="true"], *[invalid="true"]:focus {{ border-color: {t.error}; }}
QComboBox {{ background: {t.raised}; padding-right: {t.gap(6)}px; }}
QComboBox:hover {{ background: {t.hover}; }}
QComboBox::drop-down {{ border: none; width: {t.gap(6)}px; subcontrol-position: right center; }}
QComboBox::down-arrow {{ {down} width: {t.text_px}px; height: {t.text_px}px; }}
QComboBox::down-arrow:disabled {{ {_glyph("chevron-down", t.disabled)} }}
QComboBox QAbstractItemView {{ background: {t.raised}; border: {t.outline_px}px solid {t.outline};
  border-radius: {radius}px; padding: {t.gap(1)}px; selection-background-color: {t.selected};
  selection-color: {t.text}; outline: none; }}
QComboBox QAbstractItemView::item {{ min-height: {t.text_px + t.gap(3)}px; padding: 0 {t.gap(2)}px;
  border-radius: {radius - 2}px; color: {t.text}; }}
QComboBox QAbstractItemView::item:selected {{ background: {t.selected}; color: {t.text}; }}
QAbstractSpinBox {{ padding-right: {t.gap(5)}px; }}
QAbstractSpinBox {{ qproperty-alignment: AlignRight; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent;
  width: {t.gap(5)}px; border-radius: {radius - 3}px; }}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {t.hover}; }}
QAbstractSpinBox::up-arrow {{ {up} width: {t.text_px - 2}px; height: {t.text_px - 2}px; }}
QAbstractSpinBox::down-arrow {{ {down} width: {t.text_px - 2}px; height: {t.text_px - 2}px; }}
"""


def _sliders(t: Theme) -> str:
    groove = max(4, t.gap(1))
    knob = round(t.text_px * 1.25 / 2) * 2
    edge = 2
    half = (knob + 2 * edge - groove) // 2
    return f"""
QSlider {{ background: transparent; border: 2px solid transparent; border-radius: {t.radius - 2}px; }}
QSlider:horizontal {{ min-height: {knob + 2 * edge + 2}px; }}
QSlider:vertical {{ min-width: {knob + 2 * edge + 2}px; }}
QSlider:focus {{ border-color: {t.accent}; }}
QSlider::groove:horizontal {{ height: {groove}px; background: {t.pressed}; border-radius: {groove // 2}px; }}
QSlider::groove:vertical {{ width: {groove}px; background: {t.pressed}; border-radius: {groove // 2}px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: {groove // 2}px; }}
QSlider::add-page:vertical {{ background: {t.accent}; border-radius: {groove // 2}px; }}
QSlider::sub-page:disabled, QSlider::add-page:vertical:disabled {{ background: {t.disabled}; }}
QSlider::handle {{ width: {knob}px; height: {knob}px; background: {t.ground}; border: {edge}px solid {t.accent};
  border-radius: {knob // 2 + edge}px; }}
QSlider::handle:horizontal {{ margin: -{half}px 0; }}
QSlider::handle:vertical {{ margin: 0 -{half}px; }}
QSlider::handle:hover, QSlider::handle:pressed {{ background: {t.accent}; }}
QSlider::handle:disabled {{ border-color: {t.disabled}; background: {t.ground}; }}
QProgressBar {{ background: {t.pressed}; border: none; border-radius: {groove // 2}px; max-height: {groove}px;
  min-height: {groove}px; color: transparent; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: {groove // 2}px; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: {t.gap(2.5)}px; }}
QScrollBar:horizontal {{ height: {t.gap(2.5)}px; }}
QScrollBar::handle {{ background: {t.outline}; border-radius: {t.gap(0.75)}px; margin: {t.gap(0.5)}px; }}
QScrollBar::handle:vertical {{ min-height: {t.gap(8)}px; }}
QScrollBar::handle:horizontal {{ min-width: {t.gap(8)}px; }}
QScrollBar::handle:hover {{ background: {t.control}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def _checks(t: Theme) -> str:
    box = t.text_px + 3
    tick = _glyph("check", t.on_accent)
    return f"""
QCheckBox, QRadioButton {{ spacing: {t.gap(2)}px; background: transparent; border: 2px solid transparent;
  border-radius: {t.radius - 2}px; padding: 1px {t.gap(0.5)}px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {t.accent}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {box}px; height: {box}px; border: {max(1, t.outline_px)}px solid
  {t.control}; background: {t.ground}; }}
QCheckBox::indicator {{ border-radius: {t.gap(1)}px; }}
QRadioButton::indicator {{ border-radius: {box // 2 + 1}px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {t.accent}; }}
QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; {tick} }}
QRadioButton::indicator:checked {{ background: qradialgradient(cx:0.5, cy:0.5, radius:0.5, fx:0.5, fy:0.5,
  stop:0 {t.on_accent}, stop:0.42 {t.on_accent}, stop:0.5 {t.accent}, stop:1 {t.accent}); border-color: {t.accent}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {t.disabled}; }}
QCheckBox::indicator:checked:disabled {{ background: {t.disabled}; }}
QCheckBox[switch="true"]::indicator {{ border: none; background: transparent;
  {_switch(t, t.pressed, t.control, False, t.control)} }}
QCheckBox[switch="true"]::indicator:checked {{ background: transparent;
  {_switch(t, t.accent, t.on_accent, True, t.accent)} }}
QCheckBox[switch="true"]::indicator:disabled {{ {_switch(t, t.ground, t.disabled, False, t.disabled)} }}
QCheckBox[switch="true"]::indicator:checked:disabled {{ background: transparent;
  {_switch(t, t.disabled, t.ground, True, t.disabled)} }}
"""


def _frames(t: Theme) -> str:
    return f"""
QMenuBar {{ background: {t.ground}; border-bottom: {t.outline_px}px solid {t.outline}; padding: {t.gap(0.5)}px; }}
QMenuBar::item {{ background: transparent; padding: {t.gap(1)}px {t.gap(2)}px; border-radius: {t.radius - 3}px; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QMenu {{ background: {t.raised}; border: {t.outline_px}px solid {t.outline}; padding: {t.gap(1)}px; }}
QMenu::item {{ padding: {t.gap(1.25)}px {t.gap(5)}px {t.gap(1.25)}px {t.gap(3)}px; border-radius: {t.radius - 3}px;
  margin: 0 {t.gap(0.5)}px; }}
QMenu::item:selected {{ background: {t.selected}; color: {t.text}; }}
QMenu::item:disabled {{ color: {t.disabled}; background: transparent; }}
QMenu::icon {{ padding-left: {t.gap(2)}px; }}
QMenu::separator {{ height: 1px; background: {t.outline}; margin: {t.gap(1)}px {t.gap(2)}px; }}
QMenu::right-arrow {{ {_glyph("chevron-right", t.muted)} width: {t.text_px}px; height: {t.text_px}px; }}
QMenu::indicator:checked {{ {_glyph("check", t.accent)} width: {t.text_px}px; height: {t.text_px}px;
  left: {t.gap(1)}px; }}
QStatusBar {{ background: {t.ground}; border-top: {t.outline_px}px solid {t.outline}; color: {t.muted};
  font-size: {t.caption_px}px; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {t.muted}; font-size: {t.caption_px}px; }}
QToolBar {{ background: {t.ground}; border: none; spacing: {t.gap(1)}px; padding: {t.gap(1)}px; }}
QToolBar::separator {{ background: {t.outline}; width: 1px; margin: {t.gap(1)}px; }}
QDockWidget {{ color: {t.text}; font-weight: 500;
  titlebar-close-icon: url("{_picture("close", svg_source("close", t.muted))}");
  titlebar-normal-icon: url("{_picture("float", svg_source("float", t.muted))}"); }}
QDockWidget::title {{ background: {t.raised}; text-align: left; padding: {t.gap(1.5)}px {t.gap(3)}px;
  border-bottom: {t.outline_px}px solid {t.outline}; }}
QDockWidget::close-button, QDockWidget::float-button {{ border: none; border-radius: {t.gap(1)}px; padding: 0; }}
QDockWidget::close-button:hover, QDockWidget::float-button:hover {{ background: {t.hover}; }}
QMainWindow::separator {{ background: {t.outline}; width: {t.gap(1)}px; height: {t.gap(1)}px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QSplitter::handle {{ background: {t.outline}; }}
QSplitter::handle:hover {{ background: {t.accent}; }}
QTabWidget::pane {{ border: none; border-top: {t.outline_px}px solid {t.outline}; }}
QTabBar {{ background: {t.ground}; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {t.muted}; padding: {t.gap(1.5)}px {t.gap(3)}px; border: 2px solid
  transparent; border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {t.text}; background: {t.hover}; }}
QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
QTabBar:focus::tab:selected, QTabBar::tab:focus {{ border-color: {t.accent}; border-radius: {t.gap(1)}px; }}
QTabBar::close-button {{ {_glyph("close", t.muted)} }}
QTabBar::close-button:hover {{ background: {t.hover}; border-radius: {t.gap(1)}px; }}
QGroupBox {{ border: {t.outline_px}px solid {t.outline}; border-radius: {t.radius}px; margin-top: {t.text_px}px;
  padding: {t.gap(3)}px; }}
QGroupBox::title {{ subcontrol-origin: margin; left: {t.gap(3)}px; padding: 0 {t.gap(1)}px; color: {t.muted}; }}
"""


def _lists(t: Theme) -> str:
    return f"""
QScrollArea, QStackedWidget {{ background: transparent; border: none; }}
QAbstractItemView {{ background: {t.ground}; alternate-background-color: {t.raised}; border: {t.outline_px}px solid
  {t.outline}; border-radius: {t.radius - 2}px; gridline-color: {t.grid}; selection-background-color: {t.selected};
  selection-color: {t.text}; }}
QAbstractItemView:focus {{ border-color: {t.accent}; }}
QAbstractItemView::item:selected {{ background: {t.selected}; color: {t.text}; }}
QAbstractItemView::item:hover:!selected {{ background: {t.hover}; }}
QTableView::item {{ padding: {t.gap(0.5)}px {t.gap(2)}px; }}
QTableView::item:focus {{ border: 2px solid {t.accent}; }}
QListView::item, QTreeView::item {{ padding: {t.gap(1)}px {t.gap(1)}px; border-radius: {t.gap(1)}px; }}
QHeaderView {{ background: {t.ground}; border: none; }}
QHeaderView::section {{ background: {t.raised}; color: {t.muted}; font-weight: 500; border: none; padding: {t.gap(1)}px
  {t.gap(2)}px; border-bottom: {t.outline_px}px solid {t.outline}; }}
QTableCornerButton::section {{ background: {t.raised}; border: none; }}
"""
