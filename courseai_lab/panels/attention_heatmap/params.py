"""What the attention heatmap can be asked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from courseai_lab.contract import FileKind, Matrix, Params, Text, Ui

Model = Literal["story", "story-masked", "own"]
Compare = Literal["nothing", "before", "heads", "sentences", "models"]
Show = Literal["head", "mean", "max", "rollout"]
MaskChoice = Literal["own", "causal", "window", "none"]
Kind = Literal["previous", "first", "same", "induction", "next", "matching"]
Pane = Literal["lines", "map", "grid", "next", "heads", "lens", "neuron"]
Brightness = Literal["same", "each", "log"]
SecondMap = Literal["itself", "difference"]

MODEL_NAMES = {"story": "story transformer", "story-masked": "masked twin (sees both ways)", "own": "my own folder"}
MAX_LAYER = MAX_HEAD = 63
MAX_SENTENCE = 4000
START_TEXT = "Mr. Zorrick smiled. Then Mr. Zor"


class AttentionParams(Params):
    """A sentence, a model, what is changed in it, and what is looked at."""

    model: Annotated[
        Model,
        Ui(
            names=MODEL_NAMES,
            help="The story transformer reads from left to right; its twin was trained without a mask, to guess "
            "hidden words from both sides.",
        ),
    ] = "story"
    folder: Annotated[
        str,
        Field(max_length=4096),
        FileKind("text", endings=("json",)),
        Ui(
            label="config.json of the folder",
            when=("model", ("own",)),
            help="A Hugging Face folder on this computer (GPT-2, BERT or Llama family, safetensors). Nothing is "
            "downloaded, no code of the folder is run.",
        ),
    ] = ""
    load: Annotated[
        bool,
        Ui(
            label="Load it",
            when=("model", ("own",)),
            help="The size is said first; only then are the weights read. Switch off to stop.",
        ),
    ] = False
    mask: Annotated[
        MaskChoice,
        Ui(
            names={"own": "as trained", "causal": "causal", "window": "sliding window", "none": "no mask"},
            help="Which tokens a token may look at: itself and those before (causal), the nearest of those (sliding "
            "window), or all. As trained is causal for the story transformer, no mask for the twin.",
        ),
    ] = "own"
    window: Annotated[
        int,
        Field(ge=1, le=512),
        Ui(unit="tokens", log=True, when=("mask", ("window",)), help="How many tokens back are seen, its own counted."),
    ] = 4
    alibi: Annotated[
        float,
        Field(ge=0, le=4),
        Ui(
            label="ALiBi slope",
            symbol="m",
            help="Every score loses m for each token of distance (Press et al. 2022), in every head. 0 is off.",
        ),
    ] = 0.0
    compare: Annotated[
        Compare,
        Ui(
            names={
                "nothing": "nothing",
                "before": "before and after the change",
                "heads": "two heads",
                "sentences": "two sentences",
                "models": "two models",
            },
            help="Puts a second picture beside the first. Shift-click chooses the second head.",
        ),
    ] = "nothing"
    model_b: Annotated[
        Model, Ui(label="Second model", names=MODEL_NAMES, when=("compare", ("models",)), help="Reads the same text.")
    ] = "story-masked"
    folder_b: Annotated[
        str,
        Field(max_length=4096),
        FileKind("text", endings=("json",)),
        Ui(
            label="config.json of the second folder",
            more=True,
            when=("model_b", ("own",)),
            help="A second Hugging Face folder, for comparing two models.",
        ),
    ] = ""
    load_b: Annotated[
        bool,
        Ui(label="Load the second", more=True, when=("model_b", ("own",)), help="Reads the second folder's weights."),
    ] = False
    show: Annotated[
        Show,
        Ui(
            names={
                "head": "one head",
                "mean": "mean of the layer's heads",
                "max": "maximum of them",
                "rollout": "rollout",
            },
            help="One head's weights; the mean or the largest over the heads of its layer; or rollout, how attention "
            "carries on through all layers up to it (Abnar and Zuidema 2020).",
        ),
    ] = "head"
    text: Annotated[Text, Field(max_length=MAX_SENTENCE), Ui(hidden=True, help="The sentence.")] = START_TEXT
    text_b: Annotated[Text, Field(max_length=MAX_SENTENCE), Ui(hidden=True, help="The second sentence.")] = (
        "Mr. Bumbleby laughed. Then Mr. Bum"
    )
    layer: Annotated[int, Field(ge=0, le=MAX_LAYER), Ui(hidden=True, help="Layer looked at, from 0.")] = 2
    head: Annotated[int, Field(ge=0, le=MAX_HEAD), Ui(hidden=True, help="Head looked at, from 0.")] = 3
    layer_b: Annotated[int, Field(ge=0, le=MAX_LAYER), Ui(hidden=True, help="Layer of the second head.")] = 1
    head_b: Annotated[int, Field(ge=0, le=MAX_HEAD), Ui(hidden=True, help="The second head.")] = 1
    token: Annotated[int, Field(ge=-1, le=511), Ui(hidden=True, help="Token looked at, from 0; -1 is the last.")] = -1
    partner: Annotated[
        int, Field(ge=-1, le=511), Ui(hidden=True, help="Token it is paired with; -1 is the one most looked at.")
    ] = -1
    ablate: Annotated[Matrix, Field(max_length=1600), Ui(hidden=True, help="(layer, head) pairs switched off.")] = ()

    @field_validator("ablate")
    @classmethod
    def _pairs(cls, rows: Matrix) -> Matrix:
        for row in rows:
            if len(row) != 2 or not all(v == int(v) and 0 <= v <= MAX_LAYER for v in row):
                raise ValueError(f"ablate holds (layer, head) pairs of whole numbers from 0 to {MAX_LAYER}, not {row}.")
        return tuple(sorted({(float(int(a)), float(int(b))) for a, b in rows}))

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """The heads switched off."""
        return frozenset((int(layer), int(head)) for layer, head in self.ablate)


class AttentionLook(Params):
    """What is drawn."""

    panes: Annotated[
        tuple[Pane, ...],
        Ui(
            label="Pictures",
            names={
                "lines": "token lines",
                "map": "map",
                "grid": "all heads",
                "next": "next token",
                "heads": "what heads do",
                "lens": "logit lens",
                "neuron": "query times key",
            },
            help="Which pictures are shown.",
        ),
    ] = ("lines", "map", "grid", "next", "heads", "lens", "neuron")
    kind: Annotated[
        Kind,
        Ui(
            label="Rank heads by",
            names={
                "previous": "previous token",
                "first": "first token",
                "same": "same token",
                "induction": "induction",
                "next": "next token",
                "matching": "bracket or quote",
            },
            help="What the heads in the list are ranked by.",
        ),
    ] = "induction"
    brightness: Annotated[
        Brightness,
        Ui(
            label="Colours",
            names={"same": "0 to 1 for all", "each": "each its own maximum", "log": "logarithmic, 0.001 to 1"},
            help="The scale of the colours of all heads.",
        ),
    ] = "same"
    second: Annotated[
        SecondMap,
        Ui(
            label="Second map",
            names={"itself": "as it is", "difference": "first minus second"},
            more=True,
            help="In a comparison of the same tokens the second map can show the difference: orange where the first "
            "gives more weight, blue where the second does.",
        ),
    ] = "itself"
    top: Annotated[
        float,
        Field(ge=0.001, le=1),
        Ui(
            label="Brightest colour at",
            log=True,
            more=True,
            when=("brightness", ("same",)),
            help="The weight that has the brightest colour in every map; larger ones have it too.",
        ),
    ] = 1.0
