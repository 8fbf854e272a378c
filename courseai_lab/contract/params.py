"""Typed parameters: one frozen pydantic model feeds the form, the checks, the help, the command line and the files."""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

import annotated_types as at
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from courseai_lab.contract.errors import BadValue, brief

Kind = Literal[
    "float",
    "int",
    "switch",
    "choice",
    "choices",
    "text",
    "color",
    "file",
    "vector",
    "matrix",
    "points",
    "pair",
]
OwnKind = Literal["table", "image", "text", "array", "weights"]
PadKind = Literal["points", "digit", "grey", "mask", "curve"]
MAX_TEXT = 20_000


@dataclasses.dataclass(frozen=True, slots=True)
class Ui:
    """How a parameter is shown. Every part is optional; the type and the range say the rest.

    ``label``: words beside the control (default: the field's name in words). ``symbol``: TeX. ``unit``: shown after
    the number. ``help``: one sentence. ``log``: slider on a log scale (the range must be positive). ``steer``: a change
    is sent into the running computation and does not restart it. ``more``: sits behind "more", not among the main
    controls. ``group``: heading under which neighbours are gathered. ``when``: ``(field, values)``: shown only while
    that field has one of the values (or, for several choices, contains one). ``names``: ``{choice: words}``. ``step``:
    the arrow keys' step. ``hidden``: no control (set by handles on the picture). ``multiline``: for text.
    """

    label: str = ""
    symbol: str = ""
    unit: str = ""
    help: str = ""
    log: bool = False
    steer: bool = False
    more: bool = False
    group: str = ""
    when: tuple[str, tuple[Any, ...]] | None = None
    names: Mapping[Any, str] | None = None
    step: float | None = None
    hidden: bool = False
    multiline: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class FileKind:
    """Marks a string parameter as the path of the user's own file, of this kind of content.

    A table's ``roles`` say what its columns are for, such as ``("x", "y", "label")``, and ``columns`` names the text
    parameter that says which columns these are (``"hours,grade"`` or, counted from 1, ``"3,1"``; "": the first ones).
    ``word_role``: the role whose column may hold words, such as ``"label"``. ``endings``: only files that end so, such
    as ``("json",)``; without, whatever is of this kind.
    """

    kind: OwnKind
    columns: str = ""
    roles: tuple[str, ...] = ()
    word_role: str = ""
    endings: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Paint:
    """Marks a parameter as painted by hand: the form gets a pad beside its value.

    ``points``: a ``Matrix`` of (x, y, class) rows. ``curve``: ``Points``, knots from left to right. ``digit``,
    ``grey``, ``mask``: a ``Grey`` text (``contract.painted``), ``rows`` by ``columns`` cells; a digit offers
    MNIST's centring. ``x`` and ``y`` are the ranges of points and curves, ``classes`` how many a point may belong to.
    ``monotone`` holds a curve to one direction.
    """

    kind: PadKind
    rows: int = 28
    columns: int = 28
    x: tuple[float, float] = (-1.0, 1.0)
    y: tuple[float, float] = (-1.0, 1.0)
    classes: int = 2
    monotone: Literal["", "rising", "falling"] = ""


@dataclasses.dataclass(frozen=True, slots=True)
class _ColorMark:
    """Marks a string parameter as a colour."""


Color = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$"), _ColorMark()]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Matrix = tuple[tuple[float, ...], ...]
Points = tuple[tuple[float, float], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class FieldSpec:
    """One parameter as a form or a command line needs it; made by ``fields``."""

    name: str
    kind: Kind
    default: Any
    ui: Ui
    lo: float | None = None
    hi: float | None = None
    lo_open: bool = False
    hi_open: bool = False
    choices: tuple[Any, ...] = ()
    min_len: int | None = None
    max_len: int | None = None
    optional: bool = False
    file: FileKind | None = None
    paint: Paint | None = None

    @property
    def file_kind(self) -> str:
        """The kind of the user's own file whose path this is, or ""."""
        return self.file.kind if self.file is not None else ""

    @property
    def label(self) -> str:
        """Words beside the control."""
        return self.ui.label or self.name.replace("_", " ").capitalize()

    def name_of(self, choice: Any) -> str:
        """A choice in words."""
        if self.ui.names and choice in self.ui.names:
            return self.ui.names[choice]
        return str(getattr(choice, "value", choice)).replace("_", " ")

    def allowed(self) -> str:
        """What would be right, as the end of a sentence."""
        if self.kind == "choice":
            return "one of " + ", ".join(str(getattr(c, "value", c)) for c in self.choices)
        if self.kind == "choices":
            return "any of " + ", ".join(str(getattr(c, "value", c)) for c in self.choices)
        if self.kind == "switch":
            return "on or off"
        if self.kind in ("int", "float", "pair"):
            return _range_words(self)
        if self.kind == "color":
            return "a colour such as #2F5BEA"
        if self.kind == "points":
            return "a list of points such as [[0, 0], [1, 2]]"
        if self.kind == "matrix":
            return "a list of rows such as [[1, 0], [0, 1]]"
        if self.kind == "vector":
            return "a list of numbers such as [1, 2, 3]"
        limit = f" of at most {self.max_len} characters" if self.max_len else ""
        return ("the path of a file" if self.kind == "file" else "text") + limit

    def shown(self, values: Any) -> bool:
        """Whether the control applies, given the model's current values (see ``Ui.when``).

        What hangs on a control that does not apply itself does not apply either.
        """
        if self.ui.when is None:
            return True
        name, wanted = self.ui.when
        value = getattr(values, name)
        applies = any(v in wanted for v in value) if isinstance(value, tuple) else value in wanted
        return applies and all(above.shown(values) for above in fields(type(values)) if above.name == name)


class Params(BaseModel):
    """Base of every panel's ``Params`` and ``Look``: frozen, no unknown names, no NaN, every default valid.

    A changed meaning raises ``VERSION`` and teaches ``migrate`` to bring older files along.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True, use_enum_values=False
    )
    VERSION: ClassVar[int] = 1

    @classmethod
    def migrate(cls, data: dict[str, Any], version: int) -> dict[str, Any]:
        """Bring values saved by ``version`` (lower than ``VERSION``) to today's names and meanings."""
        return data

    @classmethod
    def checked(cls, data: Mapping[str, Any]) -> Self:
        """Build from plain values; raises BadValue with one sentence that names the allowed range."""
        try:
            return cls.model_validate(dict(data))
        except ValidationError as error:
            raise explain(cls, error) from None

    def patched(self, **patch: Any) -> Self:
        """A checked copy with some values replaced; raises BadValue."""
        return self.checked({**_plain_values(self), **patch})

    def plain(self) -> dict[str, Any]:
        """Values as JSON types."""
        return self.model_dump(mode="json")


def _plain_values(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in type(model).model_fields}


def fields(model: type[Params]) -> tuple[FieldSpec, ...]:
    """The parameters of a model in declaration order. Raises TypeError for a type that no control can show."""
    return _fields(model)


@functools.cache
def _fields(model: Any) -> tuple[FieldSpec, ...]:
    return tuple(_spec(name, info) for name, info in model.model_fields.items())


def _spec(name: str, info: Any) -> FieldSpec:
    annotation, optional, metadata = _unwrap(info.annotation, list(info.metadata))
    ui = next((m for m in metadata if isinstance(m, Ui)), Ui())
    kind, choices = _kind(name, annotation, metadata)
    file = next((m for m in metadata if isinstance(m, FileKind)), None)
    paint = next((m for m in metadata if isinstance(m, Paint)), None)
    lo, hi, lo_open, hi_open = _range(metadata)
    min_len, max_len = _lengths(metadata)
    if ui.log and (lo is None or lo < 0):
        raise TypeError(f"{name}: a log scale needs a range that starts at or above 0")
    return FieldSpec(
        name=name,
        kind=kind,
        default=info.get_default(call_default_factory=True),
        ui=ui,
        lo=lo,
        hi=hi,
        lo_open=lo_open,
        hi_open=hi_open,
        choices=choices,
        min_len=min_len,
        max_len=max_len,
        optional=optional,
        file=file,
        paint=paint,
    )


def _unwrap(annotation: Any, metadata: list[Any]) -> tuple[Any, bool, list[Any]]:
    """Strip ``Annotated`` and ``| None``; returns the bare type, whether None is allowed, all metadata."""
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            metadata = [*get_args(annotation)[1:], *metadata]
            annotation = get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            rest = [a for a in get_args(annotation) if a is not type(None)]
            if len(rest) != 1:
                raise TypeError(f"a parameter has one type, not {annotation}")
            annotation, optional = rest[0], True
        else:
            return annotation, optional, metadata


def _kind(name: str, annotation: Any, metadata: list[Any]) -> tuple[Kind, tuple[Any, ...]]:
    closed = _closed(annotation)
    if closed is not None:
        return "choice", closed
    if annotation is bool:
        return "switch", ()
    if annotation is int:
        return "int", ()
    if annotation is float:
        return "float", ()
    if annotation is str:
        return _text_kind(metadata), ()
    if get_origin(annotation) is tuple:
        return _tuple_kind(name, get_args(annotation))
    raise TypeError(f"{name}: no control shows the type {annotation}")


def _text_kind(metadata: list[Any]) -> Kind:
    if any(isinstance(m, FileKind) for m in metadata):
        return "file"
    return "color" if any(isinstance(m, _ColorMark) for m in metadata) else "text"


def _tuple_kind(name: str, args: tuple[Any, ...]) -> tuple[Kind, tuple[Any, ...]]:
    if args == (float, float):
        return "pair", ()
    if len(args) == 2 and args[1] is Ellipsis:
        item = _unwrap(args[0], [])[0]
        closed = _closed(item)
        if closed is not None:
            return "choices", closed
        if item in (float, int):
            return "vector", ()
        if get_origin(item) is tuple:
            return ("points" if get_args(item) == (float, float) else "matrix"), ()
    raise TypeError(f"{name}: no control shows a tuple of {args}")


def _closed(annotation: Any) -> tuple[Any, ...] | None:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return tuple(annotation)
    return None


def _range(metadata: Sequence[Any]) -> tuple[float | None, float | None, bool, bool]:
    lo: float | None = None
    hi: float | None = None
    lo_open = hi_open = False
    for m in metadata:
        if isinstance(m, at.Ge):
            lo = typing.cast(float, m.ge)
        elif isinstance(m, at.Gt):
            lo, lo_open = typing.cast(float, m.gt), True
        elif isinstance(m, at.Le):
            hi = typing.cast(float, m.le)
        elif isinstance(m, at.Lt):
            hi, hi_open = typing.cast(float, m.lt), True
    return lo, hi, lo_open, hi_open


def _lengths(metadata: Sequence[Any]) -> tuple[int | None, int | None]:
    low: int | None = None
    high: int | None = None
    for m in metadata:
        low = getattr(m, "min_length", None) or low
        high = getattr(m, "max_length", None) or high
    return low, high


def _range_words(spec: FieldSpec) -> str:
    what = {"int": "a whole number", "float": "a number", "pair": "two numbers, each"}[spec.kind]
    unit = f" {spec.ui.unit}" if spec.ui.unit else ""
    low = "" if spec.lo is None else f"{'above' if spec.lo_open else 'at least'} {spec.lo:g}"
    high = "" if spec.hi is None else f"{'below' if spec.hi_open else 'at most'} {spec.hi:g}"
    if low and high and not (spec.lo_open or spec.hi_open):
        return f"{what} from {spec.lo:g} to {spec.hi:g}{unit}"
    limits = " and ".join(part for part in (low, high) if part)
    return f"{what} {limits}{unit}".rstrip()


def explain(model: type[Params], error: ValidationError) -> BadValue:
    """The first complaint of a pydantic error as one sentence with what would be right."""
    problem = error.errors(include_url=False)[0]
    where = problem["loc"]
    if not where:
        return BadValue(_as_sentence(str(problem["msg"]).removeprefix("Value error, ")))
    name = str(where[0])
    known = {spec.name: spec for spec in fields(model)}
    if name not in known:
        names = ", ".join(known) or "none"
        return BadValue(f"There is no parameter {name[:60]}; the parameters are {names}.", name)
    if problem["type"] == "value_error":
        return BadValue(_as_sentence(str(problem["msg"]).removeprefix("Value error, ")), name)
    given = problem["input"]
    shown = "infinite or not a number" if isinstance(given, float) and not math.isfinite(given) else brief(given)
    return BadValue(f"{name} cannot be {shown}: it must be {known[name].allowed()}.", name)


def _as_sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."
