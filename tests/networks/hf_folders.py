"""Tiny models of the families that can be read, made on disk: a few thousand random weights and a real tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

TEXT = ["the cat sat on the mat and the dog sat on the log"] * 3
BERT_MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZES: dict[str, Any] = {"num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 32, "intermediate_size": 64}


def tokenizer(kind: str) -> Any:
    """Byte-level BPE, or word pieces between [CLS] and [SEP] for BERT."""
    if kind == "bert":
        made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        made.train_from_iterator(TEXT, trainers.WordPieceTrainer(vocab_size=80, special_tokens=BERT_MARKS))
        marks = [("[CLS]", 2), ("[SEP]", 3)]
        made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
        return made
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXT, trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=["<s>"])
    )
    return made


def make_folder(folder: Path, kind: str) -> Any:
    """Writes the folder and returns the transformers model in it, with its own eager attention."""
    folder.mkdir()
    tokens = tokenizer(kind)
    tokens.save(str(folder / "tokenizer.json"))
    size = tokens.get_vocab_size()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "gpt2":
            config = transformers.GPT2Config(vocab_size=size, n_positions=64, n_embd=32, n_layer=2, n_head=4)
            model: Any = transformers.GPT2LMHeadModel(config)
        elif kind == "bert":
            model = transformers.BertForMaskedLM(
                transformers.BertConfig(vocab_size=size, max_position_embeddings=64, **SIZES)
            )
        else:
            model = transformers.LlamaForCausalLM(
                transformers.LlamaConfig(vocab_size=size, num_key_value_heads=2, max_position_embeddings=64, **SIZES)
            )
        # Weights of deviation 0.02 give nearly even attention: stronger ones show who looks where.
        for parameter in model.parameters():
            parameter.data.mul_(8.0 if parameter.dim() > 1 else 1.0)
    model.eval().save_pretrained(folder)
    model.set_attn_implementation("eager")
    return model


def edit_config(folder: Path, **changes: Any) -> None:
    """Change entries of config.json; None takes one out."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    for name, value in changes.items():
        config[name] = value
        if value is None:
            del config[name]
    path.write_text(json.dumps(config))
