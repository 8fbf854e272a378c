"""What can be set in the panel."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from courseai_lab.contract import FileKind, Params, Text, Ui
from courseai_lab.kernels.samplers import Sampler

MOST_NUMBER = 63
MOST_BRANCHES = 3


class Page(StrEnum):
    """What is looked at."""

    PLAY = "play"
    ERRORS = "errors"
    LEAP = "leap"


class Denoiser(StrEnum):
    """Who predicts the noise."""

    EXACT = "exact"
    NETWORK = "network"


class Source(StrEnum):
    """Where the picture comes from."""

    SHAPE = "shape"
    SCENE = "scene"
    DIGIT = "digit"
    PHOTOGRAPH = "photograph"
    OWN = "own"


class Known(StrEnum):
    """The pictures that the exact denoiser knows."""

    SHAPES = "shapes"
    SCENES = "scenes"
    DIGITS = "digits"


_EXACT = ("denoiser", (Denoiser.EXACT,))
_NETWORK = ("denoiser", (Denoiser.NETWORK,))
_PLAY = ("page", (Page.PLAY,))


class StepsParams(Params):
    """A picture, who denoises it, how far it is noised, and in how many steps it comes back."""

    page: Annotated[
        Page,
        Ui(
            "Page",
            names={Page.PLAY: "to noise and back", Page.ERRORS: "error by time", Page.LEAP: "one step or many"},
            help="Play the way both ways; the error of three targets at each time; one big step against many.",
        ),
    ] = Page.PLAY
    denoiser: Annotated[
        Denoiser,
        Ui(
            names={Denoiser.EXACT: "exact, knows its pictures", Denoiser.NETWORK: "trained U-Net"},
            help="The best possible answer for a known set of pictures, or the network shipped with the lab.",
        ),
    ] = Denoiser.EXACT
    picture: Annotated[
        Source,
        Ui(
            names={Source.SCENE: "captioned scene", Source.OWN: "own picture"},
            help="The picture that is dissolved. The exact denoiser knows it, too.",
        ),
    ] = Source.SHAPE
    number: Annotated[
        int,
        Field(ge=0, le=MOST_NUMBER),
        Ui(
            "Which one",
            when=("picture", (Source.SHAPE, Source.SCENE, Source.DIGIT)),
            help="One of sixty-four pictures of this kind.",
        ),
    ] = 22
    file: Annotated[
        Text,
        FileKind("image"),
        Ui("Picture file", when=("picture", (Source.OWN,)), help="PNG, JPEG or WebP; its centred square is used."),
    ] = ""
    prompt: Annotated[
        Text,
        Field(max_length=200),
        Ui(when=_NETWORK, help="What the network is told; empty is the scene's own caption."),
    ] = ""
    start: Annotated[
        float,
        Field(ge=0.02, le=1),
        Ui(
            "Noised up to",
            "t/T",
            step=0.01,
            when=("page", (Page.PLAY, Page.LEAP)),
            help="How far the picture is noised before the way back begins.",
        ),
    ] = 1.0
    steps: Annotated[
        int,
        Field(ge=1, le=1000),
        Ui("Steps back", "N", log=True, when=_PLAY, help="In how many steps the noise is taken away again."),
    ] = 40
    sampler: Annotated[
        Literal[Sampler.DDIM, Sampler.DDPM],
        Ui(
            when=_PLAY,
            names={Sampler.DDIM: "DDIM, no new noise", Sampler.DDPM: "DDPM, new noise each step"},
            help="How a step goes from x_t to the next one.",
        ),
    ] = Sampler.DDPM
    branches: Annotated[
        int,
        Field(ge=0, le=MOST_BRANCHES),
        Ui(more=True, when=_PLAY, help="Other ways back that leave this one at a chosen time with new noise."),
    ] = 2
    branch_at: Annotated[
        float,
        Field(ge=0, le=1),
        Ui(
            "Branch at",
            "t/T",
            step=0.01,
            more=True,
            when=_PLAY,
            help="Where new noise is drawn; drag its mark on the picture.",
        ),
    ] = 0.9
    known: Annotated[
        Known,
        Ui("Pictures it knows", more=True, when=_EXACT, help="The sixty-four pictures the exact denoiser knows."),
    ] = Known.SHAPES
    schedule: Annotated[
        Literal["cosine", "linear"],
        Ui(more=True, when=_EXACT, help="How fast a picture turns to noise; the network has its own, cosine."),
    ] = "cosine"
    size: Annotated[
        Literal[16, 32, 64],
        Ui("Resolution", unit="px", more=True, when=_EXACT, help="Pixels a side; every pixel gets its own noise."),
    ] = 32
    scale: Annotated[
        float,
        Field(ge=1, le=10),
        Ui("Guidance", "w", more=True, when=_NETWORK, help="1 is the plain prediction; above, the prompt counts more."),
    ] = 1.0
    draws: Annotated[
        int,
        Field(ge=1, le=64),
        Ui(
            "Noises averaged",
            more=True,
            when=("page", (Page.ERRORS, Page.LEAP)),
            help="With how many noises the error is measured; the pictures show the first.",
        ),
    ] = 8


class StepsLook(Params):
    """What is drawn."""

    channel: Annotated[
        int,
        Field(ge=0, le=3),
        Ui("Channel", help="Of the cell worked out: red, green, blue, or one of four latent channels."),
    ] = 0
    column: Annotated[
        float, Field(ge=0, le=1), Ui("Cell, across", hidden=True, help="Where the cell worked out lies.")
    ] = 0.3
    row: Annotated[float, Field(ge=0, le=1), Ui("Cell, down", hidden=True, help="Where the cell worked out lies.")] = (
        0.3
    )
    smooth: Annotated[bool, Ui("Smooth pictures", help="Blur the enlarged pixels instead of showing each.")] = False
    arithmetic: Annotated[bool, Ui("Numbers of one cell", help="Every step's formula with this cell's numbers.")] = True
