"""Local Hugging Face folders: what is read equals transformers' own eager attention; what is refused is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from courseai_lab.contract import Cancelled
from courseai_lab.kernels.attention import Mask
from courseai_lab.networks import hf_check, hf_folder
from courseai_lab.networks.hf_check import look_into
from courseai_lab.networks.loader import ModelFileError
from courseai_lab.networks.transformer import Change
from tests.networks.hf_folders import edit_config, make_folder, tokenizer

SENTENCE = "the cat sat on the log"


@pytest.fixture(scope="module", params=["gpt2", "bert", "llama"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Our reader of a folder, and the model that transformers made it from."""
    folder = tmp_path_factory.mktemp("models") / request.param
    model = make_folder(folder, request.param)
    info = look_into(folder / "config.json")
    return hf_folder.load(info), model


@torch.no_grad()
def test_attention_stream_and_loss_are_those_of_transformers(pair: tuple[Any, Any]) -> None:
    reader, model = pair
    sentence = reader.encode(SENTENCE)
    found = reader.read(sentence.ids)
    theirs = model(input_ids=sentence.ids[None], output_attentions=True, output_hidden_states=True)
    torch.testing.assert_close(found.weights, torch.cat(theirs.attentions))
    torch.testing.assert_close(reader.unembed(found.residual[-1]), theirs.logits[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.residual[1], theirs.hidden_states[1][0])
    assert found.residual.shape == (reader.layers + 1, len(sentence), 32)
    scores = (found.q @ found.k.transpose(-1, -2)) * found.scale[:, None, None, None]
    if reader.causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -torch.inf)
        mean = F.cross_entropy(theirs.logits[0, :-1], sentence.ids[1:])
        torch.testing.assert_close(found.bits[1:].mean() * torch.tensor(2.0).log(), mean)
    torch.testing.assert_close(scores.softmax(-1), found.weights)
    assert "cat" in "".join(sentence.labels) and b"".join(sentence.pieces).replace(b" ", b"").startswith(b"thecat")


@torch.no_grad()
def test_masks_and_ablation_mean_what_they_say(pair: tuple[Any, Any]) -> None:
    reader, model = pair
    ids = reader.encode(SENTENCE).ids
    window = reader.read(ids, Change(mask=Mask.WINDOW, window=2)).weights
    behind = torch.arange(len(ids))[:, None] - torch.arange(len(ids))
    assert bool((window[..., (behind < 0) | (behind > 1)] == 0).all())
    free = reader.read(ids, Change(mask=Mask.NONE)).weights
    assert bool((free > 0).all())
    # A head switched off is a model whose output matrix ignores that head.
    off = reader.read(ids, Change(ablate=frozenset({(0, 2)})))
    attention = {
        "GPT-2": lambda: model.transformer.h[0].attn.c_proj.weight.data[16:24],
        "BERT": lambda: model.bert.encoder.layer[0].attention.output.dense.weight.data[:, 16:24],
        "Llama": lambda: model.model.layers[0].self_attn.o_proj.weight.data[:, 16:24],
    }[reader.info.family.name]()
    kept = attention.clone()
    attention.zero_()
    theirs = model(input_ids=ids[None], output_attentions=True)
    attention.copy_(kept)
    torch.testing.assert_close(off.weights, torch.cat(theirs.attentions))
    torch.testing.assert_close(reader.unembed(off.residual[-1]), theirs.logits[0], rtol=1e-4, atol=1e-5)
    steep = reader.read(ids, Change(alibi=50.0)).weights
    assert bool((steep.argmax(-1) == torch.arange(len(ids))).all()), "a steep slope leaves only the token itself"
    with pytest.raises(ValueError, match="no head 4 in layer 0"):
        reader.read(ids, Change(ablate=frozenset({(0, 4)})))


def test_a_folder_says_its_size_and_can_be_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    model = make_folder(folder, "gpt2")
    info = look_into(folder)
    assert info.parameters == sum(p.numel() for p in model.parameters())
    assert info.words().startswith("small: GPT-2, 2 layers of 4 heads,")
    notes: list[str] = []

    def stop(share: float, note: str) -> None:
        notes.append(note)
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        hf_folder.load(info, stop)
    assert "of 0 MB" in notes[-1] and len(notes) > 3
    # A bare GPT2Model has the same weights under names without the prefix.
    model.transformer.save_pretrained(folder)
    reader = hf_folder.load(look_into(folder))
    ids = reader.encode(SENTENCE).ids
    with torch.no_grad():
        torch.testing.assert_close(reader.unembed(reader.read(ids).residual[-1]), model(input_ids=ids[None]).logits[0])


def _cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def _pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _outside(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder.parent / "out.safetensors")
    index = {"weight_map": {"a": "../out.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


REFUSED: list[tuple[str, Callable[[Path], None]]] = [
    ("not one of those that are read", lambda f: edit_config(f, architectures=["GPTNeoXForCausalLM"])),
    ("names no architecture", lambda f: edit_config(f, architectures=None)),
    ("code of its own", lambda f: edit_config(f, auto_map={"AutoModel": "evil.Model"})),
    ("n_layer as a whole number", lambda f: edit_config(f, n_layer="many")),
    ("too large for this panel", lambda f: edit_config(f, n_layer=900)),
    ("only safetensors files", _pickle),
    ("no weights file beside it", _outside),
    ("not a sound safetensors file", _cut),
    ("not valid JSON", lambda f: (f / "config.json").write_text("{")),
    ("no tokenizer that can be read", lambda f: (f / "tokenizer.json").unlink()),
    ("holds no weights", lambda f: (f / "model.safetensors").unlink()),
]


def test_what_cannot_be_read_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    for number, (words, harm) in enumerate(REFUSED):
        folder = tmp_path / f"folder{number}"
        if not number:
            make_folder(folder, "gpt2")
            kept = {path.name: path.read_bytes() for path in folder.iterdir()}
        else:
            folder.mkdir()
            for name, data in kept.items():
                (folder / name).write_bytes(data)
        harm(folder)
        with pytest.raises(ModelFileError, match=words) as caught:
            look_into(folder / "config.json")
        assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    with pytest.raises(ModelFileError, match="no model folder"):
        look_into(tmp_path / "nowhere" / "config.json")


def test_what_shows_only_on_loading_is_one_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "odd"
    make_folder(folder, "gpt2")
    info = look_into(folder)
    edit_config(folder, n_layer=3)
    with pytest.raises(ModelFileError, match=r"do not fit their config.json: 'transformer.h.2"):
        hf_folder.load(look_into(folder))
    edit_config(folder, n_layer=2, n_embd=64)
    with pytest.raises(ModelFileError, match=r"do not fit their config.json"):
        hf_folder.load(look_into(folder))
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelFileError, match="tokenizer of 'odd' is damaged"):
        hf_folder.load(info)
    monkeypatch.setattr(hf_check, "MAX_BYTES", 1000)
    with pytest.raises(ModelFileError, match="GB; at most"):
        look_into(folder)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelFileError, match=r"pip install 'courseai-lab\[models\]'"):
        hf_folder.load(info)


@torch.no_grad()
def test_shards_tied_weights_and_older_tokenizers(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    model = make_folder(folder, "llama")
    model.config.tie_word_embeddings = True
    tied = type(model)(model.config).half()
    tied.save_pretrained(folder, max_shard_size="20KB")
    (folder / "model.safetensors").unlink()
    info = look_into(folder)
    assert len(info.weights) == 3 and info.bytes < 80_000
    reader = hf_folder.load(info)
    ids = reader.encode(SENTENCE).ids
    found = reader.unembed(reader.read(ids).residual[-1])
    torch.testing.assert_close(found, tied.float().eval()(input_ids=ids[None]).logits[0], rtol=1e-4, atol=1e-5)
    for kind, said in (("gpt2", ("the", " cat")), ("bert", ("[CLS]", "the", "cat", "[SEP]"))):
        older = tmp_path / kind
        make_folder(older, kind)
        tokenizer(kind).model.save(str(older))
        (older / "tokenizer.json").unlink()
        assert hf_folder.load(look_into(older)).encode("the cat").labels == said
