"""What all peers share: the exchange file, the clock, and the answer (see bench/compare/protocol.ts)."""

import argparse
import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np

Arrays = dict[str, np.ndarray]
ELEMENT_TYPES = {"F32": np.float32, "I32": np.int32}


@dataclass(frozen=True)
class Task:
    """What to measure, and how."""

    arrays: Arrays
    settings: dict[str, Any]
    # path and shape of every parameter, in the order in which they lie in the flat weights
    layout: list[tuple[str, tuple[int, ...]]]
    mode: str
    # whether the peer computes on a GPU of CUDA
    gpu: bool
    threads: int
    repeats: int
    patience: float
    result: Path
    gradients: Path


def read_safetensors(path: Path) -> tuple[Arrays, dict[str, str]]:
    """Arrays by name, and the metadata."""
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__", {})
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(content[start + first : start + last], ELEMENT_TYPES[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"]).copy()
    return arrays, metadata


def write_safetensors(path: Path, arrays: Arrays) -> None:
    """Writes float32 arrays."""
    header, parts, offset = {}, [], 0
    for name, array in arrays.items():
        data = np.ascontiguousarray(array, np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))


def read_task() -> Task | None:
    """The task that the command line names; none for `--about`, which only asks for the version."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--about", action="store_true")
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu")
    parser.add_argument("--exchange", type=Path)
    parser.add_argument("--result", type=Path)
    parser.add_argument("--gradients", type=Path)
    parser.add_argument("--mode", choices=["naive", "stored", "training"])
    parser.add_argument("--threads", type=int)
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--patience", type=float)
    options = parser.parse_args()
    if options.about:
        return None
    prefer_to_be_killed()
    arrays, metadata = read_safetensors(options.exchange)
    return Task(
        arrays=arrays,
        settings=json.loads(metadata["settings"]),
        layout=[(entry["path"], tuple(entry["shape"])) for entry in json.loads(metadata["layout"])],
        mode=options.mode,
        gpu=options.device == "gpu",
        threads=options.threads,
        repeats=options.repeats,
        patience=options.patience,
        result=options.result,
        gradients=options.gradients,
    )


def prefer_to_be_killed() -> None:
    """A naive unroll may take all memory: Linux should then end this process and no other."""
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        pass


def measure(run: Callable[[], Any], task: Task) -> tuple[list[float], Any]:
    """Seconds of every measurement, and what the last one gave. `run` returns when all its work is done."""

    def timed() -> tuple[float, Any]:
        started = time.perf_counter()
        value = run()
        return time.perf_counter() - started, value

    warm_up, value = timed()
    if task.repeats == 0 or warm_up > task.patience:
        return [warm_up], value
    seconds = []
    for _ in range(task.repeats):
        elapsed, value = timed()
        seconds.append(elapsed)
    return seconds, value


def answer(task: Task, version: str, **measured: Any) -> None:
    """Writes the answer, with the peak memory until now."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024))
    task.result.write_text(json.dumps({"version": version, "peakRssMB": megabytes, "compileSeconds": 0, **measured}))


def use_cores(count: int) -> None:
    """Restricts this process to some cores, for libraries that size their thread pools by them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
