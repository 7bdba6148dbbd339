"""Three formats of a log, damaged at every byte: how often is a record invented?"""

import struct
import zlib
from collections.abc import Callable

import numpy as np

Records = list[bytes]
SIZE = 40  # an id and eight float32


# --8<-- [start:formats]
def read_bare(data: bytes) -> Records:
    """Records of known size, one behind the other."""
    return [data[at : at + SIZE] for at in range(0, len(data) - SIZE + 1, SIZE)]


def read_lengths(data: bytes) -> Records:
    """A length before each record."""
    records, at = [], 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        if at + 4 + size > len(data):
            break
        records.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return records


def read_checked(data: bytes) -> Records:
    """A length and a checksum before each record; reading stops at the first that is wrong."""
    records, at = [], 0
    while at + 8 <= len(data):
        size, checksum = struct.unpack_from("<II", data, at)
        body = data[at + 8 : at + 8 + size]
        if not size or len(body) < size or zlib.crc32(body) != checksum:
            break
        records.append(body)
        at += 8 + size
    return records


# --8<-- [end:formats]
def invented(read: Callable[[bytes], Records], damaged: list[bytes], true: Records) -> int:
    """How many of the damaged logs give something else than the first so many true records."""
    return sum(got != true[: len(got)] for got in map(read, damaged))


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    true = [struct.pack("<Q8f", n, *rng.normal(size=8)) for n in range(25)]
    frames = {read_bare: lambda b: b"", read_lengths: lambda b: struct.pack("<I", len(b)),
              read_checked: lambda b: struct.pack("<II", len(b), zlib.crc32(b))}  # fmt: skip
    print("a record nobody wrote    cut at a byte   bit flipped  zeros behind")
    for read, frame in frames.items():
        log = b"".join(frame(body) + body for body in true)
        cut = [log[:at] for at in range(len(log))]
        flip = [log[:at] + bytes([log[at] ^ 1]) + log[at + 1 :] for at in range(len(log))]
        zeros = [log + bytes(n) for n in range(1, 65)]
        counts = [f"{invented(read, bad, true)} of {len(bad)}" for bad in (cut, flip, zeros)]
        print(f"{read.__name__[5:]:24}", *(f"{count:>13}" for count in counts))
