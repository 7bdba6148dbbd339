"""Parameters from a configuration, training compute from parameters and tokens."""

from typing import NamedTuple


# --8<-- [start:count]
class Llama(NamedTuple):
    """The numbers in a Llama-style config.json, and the reported training tokens."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    ffn: int
    tied: bool
    tokens: float

    def parameters(self) -> int:
        head = self.width // self.heads
        attention = 2 * self.width**2 + 2 * self.width * self.kv_heads * head  # Q, O; K, V
        block = attention + 3 * self.width * self.ffn + 2 * self.width  # gated FFN; 2 norms
        tables = (1 if self.tied else 2) * self.vocabulary * self.width  # input; output
        return self.layers * block + tables + self.width  # and the last norm

    def training_flops(self) -> float:
        """For each weight and token 2 operations forward and 4 backward."""
        return 6 * self.parameters() * self.tokens


MODELS = {
    "SmolLM2-135M": Llama(49_152, 576, 30, 9, 3, 1_536, True, 2e12),
    "Llama-3.1-8B": Llama(128_256, 4_096, 32, 32, 8, 14_336, False, 15e12),
}
# --8<-- [end:count]

if __name__ == "__main__":
    rows = {
        "parameters": lambda m: f"{m.parameters():,}",
        "weights in bf16, GB": lambda m: f"{2 * m.parameters() / 1e9:.2f}",
        "training tokens": lambda m: f"{m.tokens / 1e12:.0f} T",
        "tokens a parameter": lambda m: f"{m.tokens / m.parameters():,.0f}",
        "training FLOPs, 6ND": lambda m: f"{m.training_flops():.1e}",
        "FLOPs a written token, 2N": lambda m: f"{2 * m.parameters():.1e}",
        "written tokens = training compute": lambda m: f"{3 * m.tokens / 1e12:.0f} T",
    }
    print(" " * 34 + "".join(f"{name:>18}" for name in MODELS))
    for label, value in rows.items():
        print(f"{label:34}" + "".join(f"{value(m):>18}" for m in MODELS.values()))
