"""The story transformer: pre-norm blocks, rotary positions, tied embedding; causal, or a bidirectional twin.

The architecture is GPT-2's block (Radford et al. 2019) with rotary positions (Su et al. 2021, eq. 34) in place
of learned ones. ``forward`` is what training uses; ``trace`` runs one sentence with every stage kept and with
interventions; ``step`` feeds a cache for generation. All three share the weights and the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from courseai_lab.kernels.attention import Attention, Mask, alibi_bias, attend, visible
from courseai_lab.networks.loader import MAX_BYTES, ModelFileError, load_into, read_header


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of a transformer; ``causal`` false makes the bidirectional twin."""

    vocabulary: int = 4096
    width: int = 192
    layers: int = 4
    heads: int = 6
    context: int = 512
    causal: bool = True
    rope_base: float = 10_000.0

    def __post_init__(self) -> None:
        if min(self.vocabulary, self.width, self.layers, self.heads, self.context) < 1:
            raise ValueError("Every size of a transformer must be at least 1.")
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError(f"A width of {self.width} does not split into {self.heads} heads of even size.")

    @property
    def head_width(self) -> int:
        """Numbers in one head's query."""
        return self.width // self.heads

    def as_json(self) -> dict[str, Any]:
        """For the metadata of the weights file."""
        return {"architecture": "transformer", **asdict(self)}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Config:
        """Reads ``as_json``'s mapping; ModelFileError for anything else."""
        kinds = {"vocabulary": int, "width": int, "layers": int, "heads": int, "context": int, "causal": bool}
        try:
            known = {name: kind(state[name]) for name, kind in kinds.items()}
            config = cls(**known, rope_base=float(state["rope_base"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError("The weights file does not describe a transformer of this program.") from error
        if state.get("architecture") != "transformer" or config.vocabulary > 65_536 or config.context > 4096:
            raise ModelFileError("The weights file does not describe a transformer of this program.")
        if config.width > 1024 or config.layers > 24:
            raise ModelFileError("The transformer in the weights file is larger than this program reads.")
        return config


@dataclass(frozen=True, slots=True)
class Change:
    """An intervention on a run.

    Attributes:
        mask: which keys are seen; None is the network's own (causal, or none for the twin).
        window: size of the sliding window where ``mask`` is window.
        alibi: ALiBi slope added to every head's scores; 0 adds nothing.
        ablate: (layer, head) pairs whose output is set to zero.
    """

    mask: Mask | None = None
    window: int = 64
    alibi: float = 0.0
    ablate: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Trace:
    """Every stage of one sentence. q and k are after rotation: their dot product is the score.

    q, k, v: [layer head token dim]; scores, weights: [layer head query key]; heads: each head's output before
    W_O [layer head token dim]; residual: the stream after the embedding and after each block
    [layer+1 token width]; logits: [token vocabulary].
    """

    ids: Tensor
    q: Tensor
    k: Tensor
    v: Tensor
    scores: Tensor
    weights: Tensor
    heads: Tensor
    residual: Tensor
    logits: Tensor


@dataclass(slots=True)
class Cache:
    """Keys and values of the tokens seen so far, one pair a layer, each [batch head token dim]."""

    keys: list[Tensor] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Tokens held."""
        return self.keys[0].shape[-2] if self.keys else 0

    def extend(self, layer: int, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Appends one layer's new keys and values and returns all of them."""
        if layer == len(self.keys):
            self.keys.append(k)
            self.values.append(v)
        else:
            self.keys[layer] = torch.cat([self.keys[layer], k], dim=-2)
            self.values[layer] = torch.cat([self.values[layer], v], dim=-2)
        return self.keys[layer], self.values[layer]


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns the pairs (x_i, x_{i + dim/2}) by each token's angles (Su et al. 2021) [... token dim]."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class Block(nn.Module):
    """x + W_O attention(LN x), then x + MLP(LN x)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """q, k (rotated) and v of the stream x [batch token width], each [batch head token dim]."""
        batch, tokens, _ = x.shape
        shape = (batch, tokens, 3, self.config.heads, self.config.head_width)
        q, k, v = self.qkv(self.norm1(x)).view(shape).permute(2, 0, 3, 1, 4)
        return rotate(q, cos, sin), rotate(k, cos, sin), v

    def merge(self, x: Tensor, heads: Tensor) -> Tensor:
        """The stream after the block, from the heads' outputs [batch head token dim]."""
        x = x + self.out(heads.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    """Token identifiers [batch token] to logits [batch token vocabulary]."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        half = config.head_width // 2
        rates = config.rope_base ** (-torch.arange(half) / half)
        angles = torch.arange(config.context)[:, None] * rates[None, :]  # [token dim/2]
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self._initialise()

    @property
    def stack(self) -> list[Block]:
        """The blocks, first to last."""
        return cast(list[Block], list(self.blocks))

    def _initialise(self) -> None:
        """GPT-2's: normal with deviation 0.02, the last matrix of each branch shrunk by sqrt(2 layers)."""
        for name, parameter in self.named_parameters():
            if parameter.dim() < 2:
                continue
            branch = name.endswith(("out.weight", "down.weight"))
            nn.init.normal_(parameter, std=0.02 / ((2 * self.config.layers) ** 0.5 if branch else 1.0))
        for block in self.stack:
            for layer in (block.qkv, block.out, block.up, block.down):
                nn.init.zeros_(layer.bias)

    def stream(self, ids: Tensor) -> Tensor:
        """The residual stream after the last block [batch token width]; fused attention, nothing kept."""
        cos, sin = self._angles(0, ids.shape[1])
        x: Tensor = self.embed(ids)
        for block in self.stack:
            q, k, v = block.project(x, cos, sin)
            # Always in float32: torch's fused attention on a CPU is slower in bfloat16 than in float32.
            with torch.autocast(x.device.type, enabled=False):
                q, k, v = q.float(), k.float(), v.float()
                heads = F.scaled_dot_product_attention(q, k, v, is_causal=self.config.causal)
            x = block.merge(x, heads)
        return x

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of whole sequences [batch token vocabulary]."""
        return self.unembed(self.stream(ids))

    def unembed(self, x: Tensor) -> Tensor:
        """Logits of a residual stream [... width]; at an inner layer, the logit lens (nostalgebraist 2020)."""
        return F.linear(self.norm(x), self.embed.weight)

    @torch.no_grad()
    def trace(self, ids: Tensor, change: Change | None = None) -> Trace:
        """Runs one sentence [token] with an intervention and keeps every stage.

        Raises:
            ValueError: no token, more than the context, or a head that does not exist.
        """
        change = change or Change()
        self.check(ids, change)
        cos, sin = self._angles(0, len(ids))
        x = self.embed(ids)[None]
        stream, rows = [x[0]], []
        for layer, block in enumerate(self.stack):
            q, k, v = block.project(x, cos, sin)
            found = self._attend(q, k, v, layer, change)
            x = block.merge(x, found.output)
            stream.append(x[0])
            rows.append((q[0], k[0], v[0], found.scores[0], found.weights[0], found.output[0]))
        q, k, v, scores, weights, heads = (torch.stack(part) for part in zip(*rows, strict=True))
        return Trace(ids, q, k, v, scores, weights, heads, torch.stack(stream), self.unembed(x[0]))

    @torch.no_grad()
    def step(self, ids: Tensor, cache: Cache, change: Change | None = None) -> Tensor:
        """Feeds the next tokens [batch token] and returns their logits; the cache grows by them.

        Raises:
            ValueError: a bidirectional network, or more tokens than the context.
        """
        change = change or Change()
        if not self.config.causal or change.mask is Mask.NONE:
            raise ValueError("Only a network that looks back can be fed from a cache.")
        start = cache.length
        if start + ids.shape[1] > self.config.context:
            raise ValueError(f"The context holds {self.config.context} tokens, not {start + ids.shape[1]}.")
        cos, sin = self._angles(start, ids.shape[1])
        x = self.embed(ids)
        for layer, block in enumerate(self.stack):
            q, k, v = block.project(x, cos, sin)
            k, v = cache.extend(layer, k, v)
            x = block.merge(x, self._attend(q, k, v, layer, change).output)
        return self.unembed(x)

    def head_writes(self, trace: Trace) -> Tensor:
        """What each head adds to the stream, its output through its part of W_O [layer head token width]."""
        parts = [block.out.weight.T.view(trace.heads.shape[1], -1, self.config.width) for block in self.stack]
        return trace.heads @ torch.stack(parts)

    def lens(self, trace: Trace, tokens: slice = slice(None)) -> Tensor:
        """Logits by layer [layer+1 token vocabulary]: the stream after each block through the final norm."""
        return self.unembed(trace.residual[:, tokens])

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, layer: int, change: Change) -> Attention:
        mask = change.mask or (Mask.CAUSAL if self.config.causal else Mask.NONE)
        queries, keys = q.shape[-2], k.shape[-2]
        seen = None if mask is Mask.NONE else visible(mask, queries, keys, change.window, q.device)
        bias = alibi_bias(torch.tensor(change.alibi, device=q.device), queries, keys) if change.alibi else None
        found = attend(q, k, v, seen, bias)
        off = [head for at, head in change.ablate if at == layer]
        if not off:
            return found
        output = found.output.clone()
        output[..., off, :, :] = 0.0
        return Attention(found.scores, found.weights, output)

    def _angles(self, start: int, tokens: int) -> tuple[Tensor, Tensor]:
        return self.cos[start : start + tokens], self.sin[start : start + tokens]

    def check(self, ids: Tensor, change: Change) -> None:
        """Raises ValueError for no token, more than the context, or an ablated head that does not exist."""
        if ids.dim() != 1 or not 1 <= len(ids) <= self.config.context:
            raise ValueError(f"A sentence has 1 to {self.config.context} tokens, not {ids.numel()}.")
        for layer, head in change.ablate:
            if not (0 <= layer < self.config.layers and 0 <= head < self.config.heads):
                raise ValueError(f"There is no head {head} in layer {layer}.")


def load(folder: Path, max_bytes: int = MAX_BYTES) -> Transformer:
    """The transformer of a model folder; ModelFileError says in one sentence what is wrong with its files."""
    config = Config.from_json(read_header(folder, max_bytes).config)
    network = Transformer(config)
    load_into(network, folder, max_bytes)
    return network
