"""Reads a local Hugging Face folder of an allow-listed architecture through the optional packages of ``models``.

Local files only, safetensors only, no remote code: the folder was checked by ``hf_check.look_into``, its tensors are
read here one by one (progress; it can be stopped), and transformers only gives the architecture its arithmetic. One
attention function of our own stands in for the library's, so that masks, ALiBi and ablation mean what they mean for
the shipped models, and what is shown is what was computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from courseai_lab.kernels.attention import attend
from courseai_lab.networks.hf_check import FolderInfo, tokenizer_files
from courseai_lab.networks.loader import ModelFileError
from courseai_lab.networks.reading import MAX_TOKENS, Reader, Reading, Sentence, Tick, next_bits, no_tick, score_shift
from courseai_lab.networks.transformer import Change

ATTENTION = "courseai_lab"
MISSING = "Reading a model folder needs optional packages: install them with pip install 'courseai-lab[models]'."


@dataclass(slots=True)
class Probe:
    """What one run asks of every attention layer, and what it left: q, k, weights and scale, layer by layer."""

    shift: Tensor = field(default_factory=lambda: torch.zeros(1, 1))
    ablate: frozenset[tuple[int, int]] = frozenset()
    tick: Tick = no_tick
    layers: int = 1
    q: list[Tensor] = field(default_factory=list)
    k: list[Tensor] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)


def extra() -> tuple[ModuleType, ModuleType]:
    """The packages transformers and tokenizers.

    Raises:
        ModelFileError: they are not installed.
    """
    try:
        import tokenizers
        import transformers
    except ImportError as error:
        raise ModelFileError(MISSING) from error
    return transformers, tokenizers


def load(info: FolderInfo, tick: Tick = no_tick) -> FolderReader:
    """Loads a checked folder as float32. ``tick`` is called for every tensor and may raise to stop.

    Raises:
        ModelFileError: the optional packages are missing, or the files do not hold the model they promise.
    """
    tick(0.0, f"getting ready to read {info.folder.name}: {info.bytes / 1e6:,.1f} MB")
    transformers, tokenizers = extra()
    tokens = _tokenizer(info.folder, tokenizers)
    state = _tensors(info, tick)
    network = _network(info, state, transformers)
    return FolderReader(info, network, tokens)


class FolderReader(Reader):
    """A model of a Hugging Face folder."""

    def __init__(self, info: FolderInfo, network: Any, tokens: Any) -> None:
        self.info, self.network, self._tokens = info, network, tokens
        self.name = f"{info.folder.name} ({info.family.name})"
        self.layers, self.heads, self.causal = info.layers, info.heads, info.family.causal
        self.context = min(info.context, MAX_TOKENS)
        self.parameters, self.vocabulary = info.parameters, info.vocabulary
        lead = tokens.encode("").ids
        self.start_id = lead[0] if lead and lead[0] < info.vocabulary else None
        found = (tokens.token_to_id(name) for name in ("[MASK]", "<mask>"))
        self.mask_id = None if self.causal else next((piece for piece in found if piece is not None), None)
        self._probe: Probe | None = None
        for module in network.modules():
            module.__dict__["courseai_probe"] = self._current

    def encode(self, text: str) -> Sentence:
        """The tokens of a text with the special ones that the tokenizer puts around it.

        Raises:
            ModelFileError: the tokenizer knows pieces that the model does not.
        """
        found = self._tokens.encode(text)
        if any(piece >= self.vocabulary for piece in found.ids):
            raise ModelFileError(f"The tokenizer of {self.info.folder.name!r} has more pieces than its model.")
        pieces = tuple(text[a:b].encode("utf-8", "replace") for a, b in found.offsets)
        ids = torch.tensor(found.ids, dtype=torch.long)
        return Sentence(ids, tuple(self.label(piece) for piece in found.ids), pieces)

    def label(self, piece: int) -> str:
        """The piece as text, or its own name where it stands for none (special pieces)."""
        text = self._tokens.decode([piece], skip_special_tokens=True)
        return text or self._tokens.id_to_token(piece) or f"#{piece}"

    @torch.no_grad()
    def read(self, ids: Tensor, change: Change | None = None, tick: Tick = no_tick) -> Reading:
        """Run the model; ``tick`` is called in every layer and may raise to stop.

        Raises:
            ValueError: no token, more than the context, or a head that does not exist.
        """
        change = change or Change()
        if ids.dim() != 1 or not 1 <= len(ids) <= self.context:
            raise ValueError(f"A sentence has 1 to {self.context} tokens, not {ids.numel()}.")
        for layer, head in change.ablate:
            if not (0 <= layer < self.layers and 0 <= head < self.heads):
                raise ValueError(f"There is no head {head} in layer {layer}.")
        probe = Probe(score_shift(change, self.causal, len(ids)), change.ablate, tick, self.layers)
        stream: list[Tensor] = []
        blocks = self.network.get_submodule(self.info.family.blocks)
        hooks = [blocks[0].register_forward_pre_hook(lambda _m, args, kwargs: stream.append(_first(args, kwargs)),
                                                     with_kwargs=True)]  # fmt: skip
        hooks += [block.register_forward_hook(lambda _m, _a, out: stream.append(_tensor(out))) for block in blocks]
        self._probe = probe
        try:
            logits = self.network(input_ids=ids[None]).logits[0]
        finally:
            self._probe = None
            for hook in hooks:
                hook.remove()
        residual = torch.stack([part[0] for part in stream])
        bits = next_bits(logits, ids, self.causal)
        q, k, weights = (torch.stack(part) for part in (probe.q, probe.k, probe.weights))
        return Reading(q, k, torch.tensor(probe.scale), weights, residual, bits)

    @torch.no_grad()
    def unembed(self, stream: Tensor) -> Tensor:
        """Through the model's final norm, where it has one, and its language head."""
        norm = self.info.family.norm
        if norm:
            stream = self.network.get_submodule(norm)(stream)
        found: Tensor = self.network.get_submodule(self.info.family.head)(stream)
        return found

    def _current(self) -> Probe | None:
        return self._probe


def probed_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, Tensor]:
    """Attention as transformers asks for it: q [batch head token dim], k and v perhaps of fewer heads.

    Masks and shifts are the probe's; the library's mask is the causal one or none, which the probe knows already.
    Returns the output [batch token head dim] and the weights.
    """
    probe: Probe | None = module.courseai_probe()
    shared = query.shape[1] // key.shape[1]
    if shared > 1:  # grouped-query attention (Ainslie et al. 2023): several heads share keys and values
        key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
    scale = query.shape[-1] ** -0.5 if scaling is None else float(scaling)
    if probe is None:
        raise ValueError("This model is run by its reader only.")
    layer = len(probe.weights)
    probe.tick(layer / probe.layers, "running the model")
    found = attend(query, key, value, probe.shift > -torch.inf, probe.shift.clamp(min=-1e30), scale)
    output = found.output
    off = [head for at, head in probe.ablate if at == layer]
    if off:
        output = output.clone()
        output[:, off] = 0.0
    probe.q.append(query[0])
    probe.k.append(key[0])
    probe.weights.append(found.weights[0])
    probe.scale.append(scale)
    return output.transpose(1, 2), found.weights


def _first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    found: Tensor = args[0] if args else kwargs["hidden_states"]
    return found


def _tensor(output: Any) -> Tensor:
    found: Tensor = output[0] if isinstance(output, tuple) else output
    return found


def _tokenizer(folder: Path, tokenizers: ModuleType) -> Any:
    files = [str(file) for file in tokenizer_files(folder)]
    makers: dict[int, Callable[[], Any]] = {
        2: lambda: tokenizers.ByteLevelBPETokenizer(*files),
        1: lambda: tokenizers.BertWordPieceTokenizer(files[0], lowercase=_lowercase(folder)),
    }
    if files[0].endswith("tokenizer.json"):
        makers[1] = lambda: tokenizers.Tokenizer.from_file(files[0])
    try:
        return makers[len(files)]()
    except Exception as error:  # the library raises bare Exception for a file it cannot read
        raise ModelFileError(f"The tokenizer of {folder.name!r} is damaged or of an unknown kind.") from error


def _lowercase(folder: Path) -> bool:
    """BERT's vocab.txt does not say whether it is for small letters; tokenizer_config.json does."""
    path = folder / "tokenizer_config.json"
    if not path.is_file() or path.stat().st_size > 1_000_000:
        return True
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return True
    return bool(found.get("do_lower_case", True)) if isinstance(found, dict) else True


def _tensors(info: FolderInfo, tick: Tick) -> dict[str, Tensor]:
    """Every tensor of the folder as float32, counting bytes on the way."""
    state: dict[str, Tensor] = {}
    done = 0
    for file in info.weights:
        try:
            with safe_open(file, framework="pt") as held:
                for name in held.keys():
                    note = f"loading {info.folder.name}: {done / 1e6:,.0f} of {info.bytes / 1e6:,.0f} MB"
                    tick(done / max(info.bytes, 1), note)
                    tensor = held.get_tensor(name)
                    done += tensor.numel() * tensor.element_size()
                    state[name] = tensor.float() if tensor.is_floating_point() else tensor
        except (SafetensorError, OSError) as error:
            raise ModelFileError(f"{info.folder.name}/{file.name} is not a sound safetensors file.") from error
    return state


def _network(info: FolderInfo, state: dict[str, Tensor], transformers: ModuleType) -> nn.Module:
    """The architecture with these weights, none missing, none of another shape."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    transformers.AttentionInterface.register(ATTENTION, probed_attention)
    config_class, model_class = (
        getattr(transformers, name) for name in (info.family.config_class, info.family.model_class)
    )
    lacks = f"The weights in {info.folder.name!r} do not fit their config.json"
    try:
        with torch.random.fork_rng(devices=[]):
            config = config_class.from_pretrained(info.folder, local_files_only=True, trust_remote_code=False)
            network, report = model_class.from_pretrained(
                None,
                config=config,
                state_dict=state,
                dtype=torch.float32,
                attn_implementation=ATTENTION,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
    except (RuntimeError, ValueError, TypeError, KeyError, OSError, AttributeError) as error:
        raise ModelFileError(f"{lacks}: the model cannot be built from them.") from error
    missing = sorted(report["missing_keys"])
    if missing or report.get("mismatched_keys"):
        what = f"{missing[0]!r} is missing" if missing else "a tensor has another shape"
        raise ModelFileError(f"{lacks}: {what}.")
    made: nn.Module = network.eval().requires_grad_(False)
    return made
