"""Reads distilled data (``*.farzi``) with numpy alone.

    import farzi

    data = farzi.load("data.farzi")
    print(data.sequences, data.length, data.vocabulary[:5])
    for batch in data.batches(8, rng=numpy.random.default_rng(1)):
        batch.ids        # hard inputs: token ids [8, length]
        batch.inputs     # soft inputs: distributions [8, length, vocabulary]
        batch.targets    # distributions [8, length, vocabulary]
        batch.weights    # [8, length]: how much each target counts

``python farzi.py FILE`` prints what a file holds. The format is told in docs/format.md of Farzi. This is the only file
needed: copy it to where you use it. Python 3.9 or later.
"""

import hashlib
import json
import math
import pathlib
import sys
import zlib
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence

import numpy as np

__all__ = ["Batch", "FarziError", "SyntheticData", "load", "loads"]

FORMAT = "farzi-synthetic"
#: of the format; 2 has the names of tokens as text in its metadata
VERSIONS = ("2", "3")

_ELEMENTS = {"F32": "<f4", "I32": "<i4", "U8": "u1", "F16": "<f2"}
_INTEGER_CODECS = {"int8": 8, "int4": 4, "int3": 3, "int2": 2}
_MOST_HEADER_BYTES = 100_000_000
_MOST_NAMES_BYTES = 100_000_000


class FarziError(ValueError):
    """A file cannot be read: the message says which one, and why."""


@dataclass(frozen=True)
class Batch:
    """Some sequences, decoded.

    Either ``ids`` or ``inputs`` is there. A model reads position t and is to predict ``targets[:, t]``; its loss is the
    cross-entropy, ``-(targets * log_probabilities).sum(-1)``, weighted with ``weights``.
    """

    indices: np.ndarray
    """Which sequences these are, int64 ``[batch]``."""
    targets: np.ndarray
    """Distributions over the vocabulary, float32 ``[batch, length, vocabulary]``, softened by the matching temperature."""
    weights: np.ndarray
    """How much each target counts, float32 ``[batch, length]``; 0 behind the end of a sequence."""
    ids: Optional[np.ndarray] = None
    """Hard inputs: token ids, int64 ``[batch, length]``."""
    inputs: Optional[np.ndarray] = None
    """Soft inputs: distributions over the vocabulary, float32 ``[batch, length, vocabulary]``."""


@dataclass(frozen=True)
class SyntheticData:
    """Distilled data: the numbers of a ``*.farzi`` file, from which batches are decoded."""

    sequences: int
    length: int
    rank: int
    vocabulary_size: int
    temperature: float
    matching_temperature: float
    """What a model's logits are divided by before its predictions are compared with targets."""
    kind: str
    """What a model reads: ``hard`` (token ids) or ``soft`` (distributions)."""
    codec: str
    latents: np.ndarray
    """float32 ``[sequences, positions, rank]``; positions are ``length``, or one more for soft inputs."""
    decoder: np.ndarray
    """float32 ``[vocabulary, rank]``."""
    weights: np.ndarray
    """float32 ``[sequences, length]``."""
    ids: Optional[np.ndarray]
    """int64 ``[sequences, length]`` for hard inputs."""
    vocabulary: List[str]
    """The original name of every token."""
    titles: Optional[List[str]]
    tokenizer: Any
    provenance: Dict[str, Any]

    def distributions(self, indices: Sequence[int], softened: bool = False) -> np.ndarray:
        """What the latents of some sequences stand for: float32 ``[len(indices), positions, vocabulary]``.

        ``softened`` divides their logits by the matching temperature.
        """
        divisor = self.temperature * (self.matching_temperature if softened else 1)
        logits = self.latents[np.asarray(indices)] @ (self.decoder.T / np.float32(divisor))
        logits -= logits.max(axis=-1, keepdims=True)
        powers = np.exp(logits)
        return powers / powers.sum(axis=-1, keepdims=True)

    def batch(self, indices: Sequence[int]) -> Batch:
        """Decodes some sequences."""
        chosen = np.asarray(indices, dtype=np.int64)
        targets = self.distributions(chosen, softened=True)
        weights = self.weights[chosen]
        if self.kind == "hard":
            return Batch(chosen, targets, weights, ids=self.ids[chosen])
        return Batch(chosen, targets[:, 1:], weights, inputs=self.distributions(chosen)[:, :-1])

    def batches(self, size: int, rng: Optional[np.random.Generator] = None) -> Iterator[Batch]:
        """All sequences once, ``size`` at a time (fewer at the end): in their order, or in a random one with ``rng``.

        Only one batch is decoded at a time.
        """
        if size < 1:
            raise ValueError(f"A batch must hold at least one sequence, got {size}.")
        order = np.arange(self.sequences) if rng is None else rng.permutation(self.sequences)
        for start in range(0, self.sequences, size):
            yield self.batch(order[start : start + size])


def load(path) -> SyntheticData:
    """Reads a file. Names that are beside it (``NAME.vocabulary.json``) are read, too.

    Raises FarziError where it cannot be read, is damaged, or is of another version.
    """
    file = pathlib.Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FarziError(f"{file} cannot be read: {error.strerror}.") from error
    return loads(content, str(file))


def loads(content: bytes, source: str = "data.farzi", names: Optional[str] = None) -> SyntheticData:
    """Reads the bytes of a file.

    ``source`` is its path, for messages and to find names that are beside it; ``names`` is the text of those where they
    are elsewhere.
    """
    header, data_start = _header(content, source)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise FarziError(f"{source} holds no synthetic data: its metadata do not say format {FORMAT}.")
    if metadata.get("version") not in VERSIONS:
        raise FarziError(f"{source} has version {metadata.get('version')} of its format, and not {' or '.join(VERSIONS)}: get a newer reader.")
    _require_checksum(content, metadata, source)
    arrays = {name: _array(name, entry, content, data_start, source) for name, entry in header.items()}
    description = _description(metadata, source)
    sequences, length, rank, vocabulary_size = (description[name] for name in ("sequences", "length", "rank", "vocabularySize"))
    kind, codec = description["inputs"], description["storage"]["id"]
    positions = length if kind == "hard" else length + 1
    read = _Arrays(arrays, source)
    ids = None
    if kind == "hard":
        bits = max(1, (vocabulary_size - 1).bit_length())  # ceil(log2), exactly
        ids = read.packed("ids", sequences * length, bits).reshape(sequences, length).astype(np.int64)
        if (ids >= vocabulary_size).any():
            raise FarziError(f"{source}: ids holds {ids.max()}, outside the vocabulary of {vocabulary_size}.")
    elif "ids" in arrays:
        raise FarziError(f"{source}: The data have soft inputs, and there are ids.")
    weights = arrays.get("weights")
    if weights is not None and weights.dtype == np.float32:
        weights = read.shaped("weights", np.float32, (sequences, length))
    else:
        weights = read.packed("weights", sequences * length, 1).reshape(sequences, length).astype(np.float32)
    latents = read.coded("latents", codec, (sequences, positions, rank))
    decoder = read.coded("decoder", codec, (vocabulary_size, rank))
    for name, values in (("latents", latents), ("decoder", decoder), ("weights", weights)):
        if not np.isfinite(values).all():
            raise FarziError(f"{source}: {name} holds a number that is not finite.")
    found = _names(metadata, arrays, source, vocabulary_size, names)
    return SyntheticData(
        sequences=sequences,
        length=length,
        rank=rank,
        vocabulary_size=vocabulary_size,
        temperature=description["temperature"],
        matching_temperature=description.get("matchingTemperature", 1),
        kind=kind,
        codec=codec,
        latents=latents,
        decoder=decoder,
        weights=weights,
        ids=ids,
        vocabulary=found["vocabulary"],
        titles=found.get("titles"),
        tokenizer=found.get("tokenizer"),
        provenance={**description["provenance"], **found.get("source", {})},
    )


def _header(content: bytes, source: str):
    """The header of a safetensors file, and where its arrays start."""
    size = int.from_bytes(content[:8], "little")
    if len(content) < 8 or size > _MOST_HEADER_BYTES or 8 + size > len(content):
        raise FarziError(f"{source} is no safetensors file, or is truncated: its header should have {size} bytes.")
    try:
        header = json.loads(content[8 : 8 + size])
    except ValueError as error:
        raise FarziError(f"{source} is no safetensors file: its header is not JSON.") from error
    if not isinstance(header, dict):
        raise FarziError(f"{source} is no safetensors file: its header is not a JSON object.")
    return header, 8 + size


def _require_checksum(content: bytes, metadata: dict, source: str) -> None:
    checksum = metadata.get("sha256")
    key = b'"sha256":"'
    place = content.find(key) + len(key)
    zeroed = content[:place] + b"0" * 64 + content[place + 64 :]
    if content[place : place + 64].decode("latin-1") != checksum or hashlib.sha256(zeroed).hexdigest() != checksum:
        raise FarziError(f"{source} was altered or is truncated: its checksum does not fit what it holds.")


def _array(name: str, entry: Any, content: bytes, data_start: int, source: str) -> np.ndarray:
    try:
        shape, (start, end) = tuple(entry["shape"]), entry["data_offsets"]
        values = np.frombuffer(content[data_start + start : data_start + end], dtype=_ELEMENTS[entry["dtype"]])
        if len(values.tobytes()) != end - start:
            raise ValueError("it lies outside of the file")
        return values.reshape(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise FarziError(f"{source}: The array {name} cannot be read: {error}.") from error


def _description(metadata: dict, source: str) -> dict:
    try:
        description = json.loads(metadata["description"])
        counts = [description[name] for name in ("sequences", "length", "rank", "vocabularySize")]
        sound = (
            all(type(count) is int and count > 0 for count in counts)
            and description["temperature"] > 0
            and description.get("matchingTemperature", 1) > 0
            and description["inputs"] in ("hard", "soft")
            and isinstance(description["storage"]["id"], str)
            and isinstance(description["provenance"], dict)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FarziError(f"{source}: Its description lacks something or is no JSON: {error!r}.") from error
    if not sound:
        raise FarziError(f"{source}: Its description makes no sense: {metadata['description'][:500]}")
    return description


def _names(metadata: dict, arrays: Dict[str, np.ndarray], source: str, vocabulary_size: int, text: Optional[str]) -> dict:
    if "names" in arrays:
        text = _inflated(arrays["names"], source)
    elif "names" in metadata:
        text = metadata["names"]
    elif text is None:
        beside = pathlib.Path((source[: -len(".farzi")] if source.endswith(".farzi") else source) + ".vocabulary.json")
        try:
            text = beside.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise FarziError(f"{beside} cannot be read, which holds the names of tokens of {source}: {error}.") from error
    expected = metadata.get("namesSha256")
    if expected is not None and hashlib.sha256(text.encode()).hexdigest() != expected:
        raise FarziError(f"The names of tokens beside {source} are not those it was written with.")
    try:
        names = json.loads(text)
        sound = all(len(names.get(name, names["vocabulary"])) == vocabulary_size for name in ("vocabulary", "titles"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FarziError(f"{source}: Its names of tokens cannot be read: {error!r}.") from error
    if not sound:
        raise FarziError(f"{source}: There are not {vocabulary_size} names of tokens.")
    return names


def _inflated(stored: np.ndarray, source: str) -> str:
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(stored.tobytes(), _MOST_NAMES_BYTES)
        if not reader.eof:
            raise ValueError("it ends too early, or is too long")
        return text.decode()
    except (UnicodeDecodeError, ValueError, zlib.error) as error:
        raise FarziError(f"{source}: Its names of tokens cannot be read: {error}.") from error


class _Arrays:
    """The arrays of a file, with the shapes that they must have."""

    def __init__(self, arrays: Dict[str, np.ndarray], source: str):
        self.arrays = arrays
        self.source = source

    def shaped(self, name: str, dtype, shape) -> np.ndarray:
        found = self.arrays.get(name)
        if found is None or found.dtype != dtype or found.shape != tuple(shape):
            what = "missing" if found is None else f"{found.dtype} {list(found.shape)}"
            raise FarziError(f"{self.source}: The array {name} is {what}, and not {np.dtype(dtype)} {list(shape)}.")
        return found

    def packed(self, name: str, count: int, bits: int) -> np.ndarray:
        """``count`` numbers of a few bits each, the lowest bit first."""
        stored = self.shaped(name, np.uint8, ((count * bits + 7) // 8,))
        single = np.unpackbits(stored, bitorder="little")[: count * bits].reshape(count, bits)
        return single.astype(np.int64) @ (1 << np.arange(bits, dtype=np.int64))

    def coded(self, name: str, codec: str, shape) -> np.ndarray:
        """Latents or decoder, as float32."""
        if codec in ("float32", "float16"):
            return self.shaped(name, codec, shape).astype(np.float32)
        if codec == "entropy":
            return self.multiples(name, shape)
        bits = _INTEGER_CODECS.get(codec)
        if bits is None:
            known = ", ".join(["float32", "float16", *_INTEGER_CODECS, "entropy"])
            raise FarziError(f"{self.source} is stored with the codec {codec!r}, which this reader does not know; it knows {known}.")
        scales = self.shaped(f"{name}.scales", np.float16, shape[:-1]).astype(np.float32)
        codes = self.packed(f"{name}.codes", math.prod(shape), bits).reshape(shape)
        return (codes.astype(np.float32) - np.float32((2**bits - 1) / 2)) * scales[..., None]

    def multiples(self, name: str, shape) -> np.ndarray:
        """Whole multiples of a step for each column, entropy coded."""
        rows, columns = math.prod(shape[:-1]), shape[-1]
        stored = self.arrays.get(name)
        if stored is None or stored.dtype != np.uint8 or stored.ndim != 1:
            raise FarziError(f"{self.source}: The array {name} is missing, or no uint8.")
        bits = _Bits(stored.tobytes())
        count = bits.count()
        if count != rows:
            raise FarziError(f"{self.source}: The array {name} holds {count} rows, and not {rows}.")
        steps = [bits.byte() for _ in range(columns)]
        values = np.zeros((rows, columns), np.float32)
        for column, code in enumerate(steps):
            if code > 0:
                contexts = [[_ONE // 2, 0] for _ in range(_COUNTED)]
                step = _EIGHTHS[code % 8] / 1024 * 2.0 ** (code // 8 - 20)
                values[:, column] = [bits.multiple(contexts) * step for _ in range(rows)]
            if bits.at > len(stored) + 3:
                raise FarziError(f"{self.source}: The array {name} ends in column {column} of {columns}.")
        if bits.at < len(stored):
            raise FarziError(f"{self.source}: The array {name} holds more than its numbers.")
        return values.reshape(shape)


_ONE = 65536
_COUNTED = 15
_EIGHTHS = (1024, 1117, 1218, 1328, 1448, 1579, 1722, 1878)


class _Bits:
    """Reads what a range coder wrote; a context is the probability that its next bit is set, and how many it had."""

    def __init__(self, content: bytes):
        self.content = content
        self.at = 4
        self.low, self.high = 0, 2**32 - 1
        self.value = int.from_bytes(content[:4].ljust(4, b"\0"), "big")

    def read(self, context: Optional[List[int]] = None) -> int:
        probability, seen = (_ONE // 2, 0) if context is None else context
        middle = self.low + (self.high - self.low) * probability // _ONE
        bit = int(self.value <= middle)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        if context is not None:
            moved = probability + 2 * (bit * _ONE - probability) // (2 * seen + 3)
            context[:] = max(32, min(_ONE - 32, moved)), min(seen + 1, 30)
        while self.low >> 24 == self.high >> 24:
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = (self.high << 8 & 0xFFFFFFFF) + 255
            following = self.content[self.at] if self.at < len(self.content) else 0
            self.value = (self.value << 8 & 0xFFFFFFFF) + following
            self.at += 1
        return bit

    def count(self) -> int:
        length = 0
        while length < 32 and self.read():
            length += 1
        count = 1
        for _ in range(length):
            count = count * 2 + self.read()
        return count

    def byte(self) -> int:
        return sum(self.read() << bit for bit in range(7, -1, -1))

    def multiple(self, contexts: List[List[int]]) -> int:
        size = 0
        while size < _COUNTED and self.read(contexts[size]):
            size += 1
        if size == _COUNTED:
            size += self.count() - 1
        return -size if size > 0 and self.read() else size


def summary(data: SyntheticData) -> str:
    """What a file holds, in a few lines."""
    origin = data.provenance
    lines = [
        f"{data.sequences} sequences of {data.length}, {data.kind} inputs, {data.vocabulary_size} tokens",
        f"rank {data.rank}, temperature {data.temperature:g}, matched at {data.matching_temperature:g}, stored with {data.codec}",
        f"distilled from {origin.get('dataset')} with {origin.get('model')}, {origin.get('outerSteps')} outer steps",
        f"licence of the source data: {origin.get('licence', 'not told')}",
        f"targets that count: {int((data.weights != 0).sum())} of {data.weights.size}",
    ]
    batch = data.batch([0])
    name = data.titles or data.vocabulary
    inputs = batch.ids[0] if batch.ids is not None else batch.inputs[0].argmax(-1)
    shown = [f"  {name[token]} -> {name[target]}" for token, target in zip(inputs[:8], batch.targets[0, :8].argmax(-1))]
    return "\n".join([*lines, "the first sequence, input and likeliest target:", *shown])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python farzi.py FILE")
    try:
        print(summary(load(sys.argv[1])))
    except FarziError as error:
        sys.exit(f"error: {error}")
