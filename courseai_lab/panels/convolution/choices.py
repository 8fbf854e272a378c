"""The choices: studies, inputs, kernels, and their names in words."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from courseai_lab.kernels.filters import Filter

MAX_KERNEL = 11
MAX_GRID = 16
PAD_SIDE = 28
GRID = "\n".join(("0 0 1 1 0 0", "0 1 2 2 1 0", "1 2 4 4 2 1", "1 2 4 4 2 1", "0 1 2 2 1 0", "0 0 1 1 0 0"))


class Study(StrEnum):
    """Which side of convolution is looked at."""

    STEP = "step"
    POOL = "pool"
    FIELD = "field"
    SEPARABLE = "separable"
    FOURIER = "fourier"


STUDY_NAMES = {
    Study.STEP: "step by step",
    Study.POOL: "pooling",
    Study.FIELD: "receptive field",
    Study.SEPARABLE: "separable kernel",
    Study.FOURIER: "Fourier view",
}


class Source(StrEnum):
    """Where the input comes from."""

    PHOTOGRAPH = "photograph"
    COFFEE = "coffee"
    ROCKET = "rocket"
    SCENE = "scene"
    DIGIT = "digit"
    PAD = "pad"
    GRID = "grid"
    OWN = "own"


SOURCE_NAMES = {
    Source.PHOTOGRAPH: "photograph",
    Source.COFFEE: "coffee",
    Source.ROCKET: "rocket",
    Source.SCENE: "drawn scene",
    Source.DIGIT: "drawn digit",
    Source.PAD: "paint pad",
    Source.GRID: "grid of numbers",
    Source.OWN: "own picture",
}
PICTURES = (Source.PHOTOGRAPH, Source.COFFEE, Source.ROCKET, Source.SCENE, Source.OWN)


class Kind(StrEnum):
    """Where the kernel comes from: those known by name (as ``Filter``), and others."""

    IDENTITY = Filter.IDENTITY.value
    BOX = Filter.BOX.value
    GAUSSIAN = Filter.GAUSSIAN.value
    BINOMIAL = Filter.BINOMIAL.value
    SHARPEN = Filter.SHARPEN.value
    SOBEL_X = Filter.SOBEL_X.value
    SOBEL_Y = Filter.SOBEL_Y.value
    LAPLACIAN = Filter.LAPLACIAN.value
    EMBOSS = Filter.EMBOSS.value
    MOTION = Filter.MOTION.value
    TYPED = "typed"
    PAINTED = "painted"
    RANDOM = "random"
    LEARNED = "learned"


KIND_NAMES = {
    Kind.IDENTITY: "identity",
    Kind.BOX: "box blur",
    Kind.GAUSSIAN: "Gaussian",
    Kind.BINOMIAL: "binomial blur",
    Kind.SHARPEN: "sharpen",
    Kind.SOBEL_X: "Sobel x",
    Kind.SOBEL_Y: "Sobel y",
    Kind.LAPLACIAN: "Laplacian",
    Kind.EMBOSS: "emboss",
    Kind.MOTION: "motion blur",
    Kind.TYPED: "typed",
    Kind.PAINTED: "painted",
    Kind.RANDOM: "random",
    Kind.LEARNED: "learned (digit network)",
}
STEP = ("study", (Study.STEP,))
KERNEL = ("study", tuple(study for study in Study if study is not Study.POOL))
WALKING = ("study", (Study.STEP, Study.POOL))
Walk = Literal["cell", "row"]
PoolChoice = Literal["max", "average", "l2", "global_max", "global_average"]
Groups = Literal["together", "apart", "pairs", "fours"]
