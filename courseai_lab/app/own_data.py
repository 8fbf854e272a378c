"""The user's own data: dropped, opened or pasted, checked, and given to the right parameter of the right panel."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QObject
from PySide6.QtGui import QCursor, QDropEvent, QImage
from PySide6.QtWidgets import QMenu, QWidget

from courseai_lab.app.targets import is_target, may_open
from courseai_lab.contract.errors import LabError
from courseai_lab.paths import data_dir

if TYPE_CHECKING:
    from courseai_lab.app.host import PanelHost
    from courseai_lab.app.main_window import MainWindow
    from courseai_lab.contract import FieldSpec, Panel, Params

PICTURES = (".png", ".webp")
"""What may be data and a figure of the lab at once."""
MAX_PASTED = 20_000_000
NOUNS = {"table": "tables", "image": "pictures", "text": "texts", "array": "arrays", "weights": "weights"}


@dataclass(frozen=True, slots=True)
class Place:
    """A parameter that takes a file, and as what."""

    spec: FieldSpec
    kind: str


def places(model: type[Params], kinds: Sequence[str], path: Path) -> tuple[Place, ...]:
    """The parameters of a panel that take a file which may be of these kinds; those made for its ending come first."""
    from courseai_lab.contract import fields

    ending = path.suffix.lower().removeprefix(".")
    files = [(spec, spec.file) for spec in fields(model) if spec.file is not None]
    made = [Place(spec, file.kind) for spec, file in files if ending and ending in file.endings]
    return tuple(made) or tuple(
        Place(spec, kind) for kind in kinds for spec, file in files if file.kind == kind and not file.endings
    )


def wish(model: type[Params], current: Params, place: Place, path: Path, columns: str = "") -> dict[str, Any]:
    """What to change so that a panel shows the file: its path, its columns, and the choices it belongs to."""
    from courseai_lab.contract import fields

    known = {spec.name: spec for spec in fields(model)}
    patch: dict[str, Any] = {place.spec.name: str(path)}
    if place.spec.file is not None and place.spec.file.columns:
        patch[place.spec.file.columns] = columns
    spec = place.spec
    while spec.ui.when is not None and not spec.shown(current.model_copy(update=patch)):
        name, wanted = spec.ui.when
        value = getattr(current, name)
        patch[name] = (*value, wanted[0]) if isinstance(value, tuple) else wanted[0]
        spec = known.get(name, spec)
    return patch


class OwnData(QObject):
    """A feature of the window: watches drops on its panels and on itself, and takes what is pasted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.panel_opened.connect(self._watch)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take what is data; lab files and links go on to the window."""
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop) or not isinstance(event, QDropEvent):
            return False
        host = self._host_of(watched)
        paths = _files(event.mimeData())
        if not paths and not (event.mimeData().hasImage() and not event.mimeData().hasUrls()):
            return False
        if host is None and any(_carries_state(path) for path in paths):
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.take(event.mimeData(), host)
        return True

    def take(self, mime: QMimeData, host: PanelHost | None) -> bool:
        """Take what was dropped or pasted onto a panel (None: onto the window); False when there is no data in it."""
        paths = _files(mime)
        if paths:
            self.take_file(paths[0], host)
            if len(paths) > 1:
                self._say(host, f"{len(paths)} files at once: only the first, {paths[0].name}, is used.")
            return True
        try:
            path = self._kept(mime)
        except OSError as error:
            self._say(host, f"What was pasted could not be kept: {error.strerror or error}.")
            return True
        if path is None:
            return False
        self.take_file(path, host, pasted=True)
        return True

    def take_file(self, path: Path, host: PanelHost | None, pasted: bool = False) -> None:
        """Give a file to a panel, or let the user choose one; whatever is wrong with it is said."""
        from courseai_lab.kernels.own_data import FileProblem, kinds_of

        model = type(host.session.wished) if host is not None else None
        try:
            made = places(model, (), path) if model is not None else ()
            kinds = kinds_of(path) if not made else tuple(place.kind for place in made)
        except FileProblem as problem:
            self._say(host, str(problem))
            return
        found = places(model, kinds, path) if model is not None else ()
        if host is not None and not pasted and _carries_state(path):
            self._ask_which(path, host, found)
        elif host is not None and found:
            self._into(path, host, found)
        else:
            self._elsewhere(path, kinds, host)

    def paste(self) -> None:
        """Take the clipboard into the panel in use; what cannot be taken is said."""
        from PySide6.QtGui import QGuiApplication

        mime = QGuiApplication.clipboard().mimeData()
        text = mime.text() if mime.hasText() and not mime.hasUrls() else ""
        if is_target(text):
            self._window.open_target(text.strip())
        elif not self.take(mime, self._window.host):
            self._window.status.say(
                "There is nothing on the clipboard that a panel takes: copy a picture, a file, or cells of a table."
            )

    def open_dialog(self) -> None:
        """Choose a file, for the panel in use or for one that takes it."""
        from PySide6.QtWidgets import QFileDialog

        from courseai_lab.kernels.own_data import ENDINGS

        masks = " ".join(f"*.{ending}" for ending in ENDINGS)
        name, _ = QFileDialog.getOpenFileName(self._window, "Open data", "", f"Data ({masks});;All files (*)")
        if name:
            self.take_file(Path(name), self._window.host)

    def _watch(self, host: PanelHost) -> None:
        from courseai_lab.ui.param_form.files import FileControl

        host.shell.setAcceptDrops(True)
        host.shell.installEventFilter(self)
        for row in host.shell.form.rows.values():
            if isinstance(row.control, FileControl):
                row.control.offer = partial(self._offered, host, Place(row.spec, row.spec.file_kind))

    def _offered(self, host: PanelHost, place: Place, path: str) -> None:
        self._check(Path(path), host, place)

    def _host_of(self, watched: QObject) -> PanelHost | None:
        return next((dock.host for dock in self._window.docks if dock.host.shell is watched), None)

    def _into(self, path: Path, host: PanelHost, found: Sequence[Place]) -> None:
        if len(found) == 1:
            self._check(path, host, found[0])
            return
        choices = [(f"Use as: {p.spec.label}", partial(self._check, path, host, p)) for p in found]
        self._menu(f"What is {path.name} to be?", choices, host.shell)

    def _ask_which(self, path: Path, host: PanelHost, found: Sequence[Place]) -> None:
        """A figure of the lab is a picture and an experiment."""
        opened = ("Open the experiment in it", partial(self._window.open_target, str(path)))
        if not found:
            opened[1]()
            return
        used = [(f"Use as a picture: {p.spec.label}", partial(self._check, path, host, p)) for p in found]
        self._menu(f"{path.name} carries an experiment.", [opened, *used], host.shell)

    def _elsewhere(self, path: Path, kinds: Sequence[str], host: PanelHost | None) -> None:
        """No place for it here: say which panels take it, and offer to open one."""
        takers = [panel for panel in self._window.panels if set(panel.takes) & set(kinds)]
        taken = [kind for kind in kinds if any(kind in panel.takes for panel in takers)] or kinds
        nouns = " or ".join(NOUNS[kind] for kind in taken)
        here = f"{host.panel.title} takes no {nouns}. " if host is not None else ""
        if not takers:
            self._say(host, f"{here or f'{path.name}: '}No panel takes {nouns} yet.")
            return
        titles = ", ".join(panel.title for panel in takers)
        self._say(host, f"{here}{nouns.capitalize()} are taken by {titles}.")
        if host is None and len(takers) == 1:
            self._open_in(takers[0], path)
            return
        choices = [(f"Open {path.name} in {panel.title}", partial(self._open_in, panel, path)) for panel in takers]
        self._menu(f"{here}These panels take it:" if here else "Which panel is to take it?", choices, self._window)

    def _open_in(self, panel: Panel, path: Path) -> None:
        host = self._window.open_panel(panel.id)
        if host is not None:
            self.take_file(path, host, pasted=True)

    def _check(self, path: Path, host: PanelHost, place: Place) -> None:
        """Look into the file; a table's columns are asked for, anything else is taken at once."""
        from courseai_lab.kernels.own_data import FileProblem, glance

        try:
            facts = () if place.spec.file is not None and place.spec.file.endings else glance(place.kind, path)  # type: ignore[arg-type]
            if place.spec.file is not None and place.spec.file.roles:
                self._ask_columns(path, host, place)
                return
        except FileProblem as problem:
            self._refuse(host, place, str(problem))
            return
        self._propose(host, place, path, "; ".join(facts))

    def _ask_columns(self, path: Path, host: PanelHost, place: Place) -> None:
        from courseai_lab.kernels.tables import ColumnProblem, chosen_columns, preview_table
        from courseai_lab.ui.table_import import TableImport, TablePreview, likely_columns

        seen = preview_table(path)
        file, sheet = place.spec.file, seen.sheet
        assert file is not None
        rows = tuple(tuple(cells) for cells in sheet.cells)
        facts = (f"{seen.rows} rows", sheet.words())
        preview = TablePreview(seen.name, sheet.names, rows, tuple(sheet.lines), seen.numeric, facts)
        if len(sheet.names) < len(file.roles):
            from courseai_lab.kernels.own_data import FileProblem

            wanted = ", ".join(file.roles)
            raise FileProblem(f"{seen.name} has {len(sheet.names)} column; {len(file.roles)} are needed: {wanted}.")
        start = likely_columns(preview, file.roles, file.word_role)
        wished = host.session.wished
        if getattr(wished, place.spec.name) == str(path) and getattr(wished, file.columns):
            try:
                start = chosen_columns(sheet.names, getattr(wished, file.columns), file.roles)
            except ColumnProblem:
                pass
        dialog = TableImport(preview, file.roles, start, file.word_role, self._window.themes.theme, self._window)
        dialog.chosen.connect(
            lambda columns: self._propose(
                host, place, path, f"{seen.name}, {seen.rows} rows; columns {columns}", columns
            )
        )
        host.destroyed.connect(dialog.reject)
        dialog.open()

    def _propose(self, host: PanelHost, place: Place, path: Path, facts: str, columns: str = "") -> None:
        from courseai_lab.contract import Patch

        wished = host.session.wished
        try:
            patch = wish(type(wished), wished, place, path, columns)
            wished.patched(**patch)
        except LabError as error:
            self._refuse(host, place, str(error))
            return
        host.session.propose(Patch(params=patch))
        host.shell.set_notice("")
        self._window.status.say(f"{facts or path.name}.")

    def _refuse(self, host: PanelHost, place: Place, sentence: str) -> None:
        host.shell.set_field_error(place.spec.name, sentence)
        self._say(host, sentence)

    def _say(self, host: PanelHost | None, sentence: str) -> None:
        if host is not None:
            host.shell.set_notice(sentence)
        self._window.status.say(sentence)

    def _menu(self, title: str, choices: Sequence[tuple[str, Callable[[], None]]], over: QWidget) -> None:
        menu = QMenu(over)
        menu.setAccessibleName(title)
        head = menu.addAction(title)
        head.setEnabled(False)
        menu.addSeparator()
        for words, act in choices:
            menu.addAction(words).triggered.connect(_caller(act))
        menu.aboutToHide.connect(menu.deleteLater)
        at = QCursor.pos()
        if not over.rect().contains(over.mapFromGlobal(at)):
            at = over.mapToGlobal(over.rect().center())
        menu.popup(at)
        menu.setActiveAction(menu.actions()[2])

    def _kept(self, mime: QMimeData) -> Path | None:
        """A picture or cells of a table, as a file of the lab's own that a state can name; None when it is neither."""
        if mime.hasImage():
            image = mime.imageData()
            return self._store(_png(image), "png") if isinstance(image, QImage) and not image.isNull() else None
        text = mime.text() if mime.hasText() else ""
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all("\t" in line or ";" in line or "," in line for line in lines[:3]):
            return None
        return self._store(text.encode("utf-8"), "tsv" if "\t" in lines[0] else "csv")

    def _store(self, content: bytes, ending: str) -> Path:
        """Under its own checksum: the same content is there once, and nothing is ever overwritten by other content."""
        from courseai_lab.app.atomic import write_bytes

        if len(content) > MAX_PASTED:
            size = f"{len(content) / 1e6:.0f} MB were pasted; at most {MAX_PASTED // 1_000_000} MB are kept"
            raise OSError(f"{size}, so save it as a file and open that")
        name = f"pasted-{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        path = data_dir() / "own-data" / name
        if not (path.is_file() and path.read_bytes() == content):
            write_bytes(path, content)
        return path


def _caller(act: Callable[[], None]) -> Callable[[bool], None]:
    def call(_checked: bool) -> None:
        act()

    return call


def _files(mime: QMimeData) -> list[Path]:
    """Local files that may be data."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return [
        path
        for path in paths
        if path.suffix.lower() in PICTURES or path.name == "config.json" or not may_open(path.name)
    ]


def _carries_state(path: Path) -> bool:
    """Whether a picture is a figure of the lab, with its experiment inside."""
    from courseai_lab.app.records import carries_record

    return path.suffix.lower() in PICTURES and carries_record(path)


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
