"""Python code cut at its functions and classes with `ast`, against three splitters of text."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

from langchain_text_splitters import Language, RecursiveCharacterTextSplitter

FILE = Path(find_spec("langchain_text_splitters").origin).parent / "base.py"
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


# --8<-- [start:split]
def by_syntax(source: str, size: int) -> list[tuple[str, str]]:
    """(path, code): a function is never cut; a class that does not fit becomes its members."""
    lines = source.splitlines()

    def walk(body: list[ast.stmt], first: int, last: int, path: str) -> Iterator:
        for node in (n for n in body if isinstance(n, NAMED)):
            start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield path, lines[first - 1 : start - 1]  # what stands between definitions
            name, own = f"{path}.{node.name}".lstrip("."), lines[start - 1 : node.end_lineno]
            if isinstance(node, ast.ClassDef) and len("\n".join(own)) > size:
                yield from walk(node.body, start, node.end_lineno, name)
            else:
                yield name, own
            first = node.end_lineno + 1
        yield path, lines[first - 1 : last]

    parts = walk(ast.parse(source).body, 1, len(lines), "")
    return [(path, "\n".join(own)) for path, own in parts if "".join(own).strip()]


# --8<-- [end:split]
def parses(code: str) -> bool:
    try:
        ast.parse(dedent(code) if code[:1].isspace() else code)
    except SyntaxError:
        return False
    return True


def main() -> None:
    source, size = FILE.read_text("utf-8"), 1200
    plain = {"chunk_size": size, "chunk_overlap": 0, "strip_whitespace": False}
    text = RecursiveCharacterTextSplitter(**plain)
    python = RecursiveCharacterTextSplitter.from_language(Language.PYTHON, **plain)
    ways = {"fixed": [source[i : i + size] for i in range(0, len(source), size)],
            "recursive": text.split_text(source),
            "recursive, Python": python.split_text(source),
            "by syntax": [code for _, code in by_syntax(source, size)]}  # fmt: skip
    functions = [ast.get_source_segment(source, n) for n in ast.walk(ast.parse(source))
                 if isinstance(n, NAMED[:2])]  # fmt: skip
    print(f"{len(source):,} characters, {len(functions)} functions\n")
    print("way                chunks  longest  parse  functions whole")
    for way, chunks in ways.items():
        whole = sum(any(f in c for c in chunks) for f in functions)
        print(f"{way:18}{len(chunks):7}{max(map(len, chunks)):9}{sum(map(parses, chunks)):7}"
              f"{whole:8} of {len(functions)}")  # fmt: skip
    for path, code in by_syntax(source, size)[3:9]:
        print(f"{len(code):6}  {path or '(module)'}")


if __name__ == "__main__":
    main()
