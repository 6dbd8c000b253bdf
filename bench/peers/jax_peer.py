"""The workloads of bench/workload.ts in JAX with jit, on the CPU or on a GPU of CUDA, whose products are then in float32 (no TF32).

`naive` differentiates a scan over all steps of Adam, which keeps every step's activations. `stored` keeps the optimizer's states only, and
reverses one step after the other with one Hessian-vector product each (docs/numerics.md, "The reverse of an Adam step").

What can be done in several ways is measured in all of them, and the fastest counts: `scan` compiles all steps into one function, `loop` calls
a compiled step from Python; `jvp` takes the Hessian-vector product forward over reverse, `vjp` reverse over reverse.
"""

import math
import os
import time
from functools import partial
from typing import Any, Callable

from harness import Task, answer, measure, read_task, use_cores, write_safetensors

TASK = read_task()
os.environ["JAX_PLATFORMS"] = "cuda" if TASK is not None and TASK.gpu else "cpu"
os.environ["JAX_DEFAULT_MATMUL_PRECISION"] = "highest"
if TASK is not None:
    # XLA's thread pool has a thread for each core that it sees when it starts
    use_cores(TASK.threads)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import Array, lax  # noqa: E402

VERSION = f"jax {jax.__version__}"
if TASK is not None and TASK.gpu:
    VERSION += f" on {jax.devices()[0].device_kind}"
Weights = dict[str, Array]
# Flat weights and moments.
State = tuple[Array, Array, Array]


class Learner:
    """SASRec, or for language the Transformer: pre-norm, without dropout, its embedding tied to the output."""

    def __init__(self, task: Task) -> None:
        sizes = task.settings["sizes"]
        self.language = sizes["task"] == "language"
        self.length, self.width, self.blocks = sizes["length"], sizes["width"], sizes["blocks"]
        self.heads = task.settings["heads"]
        self.layout = task.layout
        self.table = "tokenEmbedding" if self.language else "itemEmbedding"

    def split(self, flat: Array) -> Weights:
        weights, offset = {}, 0
        for path, shape in self.layout:
            size = math.prod(shape)
            weights[path] = flat[offset : offset + size].reshape(shape)
            offset += size
        return weights

    def hidden(self, weights: Weights, tokens: Array) -> Array:
        """Hidden states `[batch * length, width]` of ids `[batch, length]` or distributions `[batch, length, vocabulary]`."""
        table, positions = weights[self.table], weights["positionEmbedding"]
        is_soft = jnp.issubdtype(tokens.dtype, jnp.floating)
        embedded = tokens @ table if is_soft else table.at[tokens].get(mode="promise_in_bounds")
        scale = math.sqrt(self.width)
        x = (embedded + positions) * scale if self.language else embedded * scale + positions
        for index in range(self.blocks):
            name = f"blocks.{index}"
            x = x + self.attention(normalised(x, weights, f"{name}.attentionNormalisation"), weights, name)
            expanded = dense(normalised(x, weights, f"{name}.feedForwardNormalisation"), weights, f"{name}.expand")
            activated = jax.nn.gelu(expanded, approximate=False) if self.language else jax.nn.relu(expanded)
            x = x + dense(activated, weights, f"{name}.contract")
        return normalised(x, weights, "finalNormalisation").reshape(-1, self.width)

    def attention(self, x: Array, weights: Weights, name: str) -> Array:
        def heads(part: str) -> Array:
            return dense(x, weights, f"{name}.{part}").reshape(*x.shape[:2], self.heads, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(query.shape[-1])
        past = jnp.tril(jnp.ones((self.length, self.length), bool))
        mixed = jax.nn.softmax(jnp.where(past, scores, -jnp.inf), axis=-1) @ value
        return dense(mixed.transpose(0, 2, 1, 3).reshape(x.shape), weights, f"{name}.output")

    def soft_loss(self, weights: Weights, tokens: Array, targets: Array) -> Array:
        """Mean cross-entropy against distributions `[rows, vocabulary]`."""
        logits = self.hidden(weights, tokens) @ weights[self.table].T
        return -jnp.mean(jnp.sum(targets * jax.nn.log_softmax(logits), axis=-1))

    def hard_loss(self, flat: Array, tokens: Array, targets: Array) -> Array:
        """Mean cross-entropy against ids `[rows]`."""
        weights = self.split(flat)
        logits = self.hidden(weights, tokens) @ weights[self.table].T
        own = jnp.take_along_axis(logits, targets[:, None], axis=1, mode="promise_in_bounds")[:, 0]
        return jnp.mean(jax.nn.logsumexp(logits, axis=-1) - own)


def dense(x: Array, weights: Weights, name: str) -> Array:
    return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def normalised(x: Array, weights: Weights, name: str) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    inverse = lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5)
    return centred * inverse * weights[f"{name}.gain"] + weights[f"{name}.bias"]


class Adam:
    """Adam as a function of state and gradient, and its reverse. `t` counts from 1."""

    def __init__(self, task: Task) -> None:
        adam = task.settings["adam"]
        self.b1, self.b2, self.epsilon = adam["beta1"], adam["beta2"], adam["epsilon"]
        self.rate = task.settings["learningRate"]

    def step(self, state: State, g: Array, t: Array) -> State:
        w, m, v = state
        m = self.b1 * m + (1 - self.b1) * g
        v = self.b2 * v + (1 - self.b2) * g * g
        # where v is 0 its root has no derivative
        root = jnp.where(v > 0, jnp.sqrt(jnp.where(v > 0, v, 1)), 0) / jnp.sqrt(1 - self.b2**t)
        return w - self.rate / (1 - self.b1**t) * m / (root + self.epsilon), m, v

    def reverse(self, state: State, g: Array, cotangent: State, t: Array) -> tuple[Array, State]:
        """Cotangent of the gradient, and of the state before the step without the Hessian-vector product."""
        _, reverse = jax.vjp(lambda each, gradient: self.step(each, gradient, t), state, g)
        before, dg = reverse(cotangent)
        return dg, before


def zeros_like(*arrays: Array) -> tuple[Array, ...]:
    return tuple(jnp.zeros_like(array) for array in arrays)


class Unrolled:
    """A learner trained on synthetic data. Methods are pure functions of their arguments, to be compiled."""

    def __init__(self, task: Task) -> None:
        arrays = {name: jnp.asarray(array) for name, array in task.arrays.items()}
        self.learner, self.adam = Learner(task), Adam(task)
        self.steps: int = task.settings["steps"]
        self.weights, self.latents, self.decoder = arrays["weights"], arrays["latents"], arrays["decoder"]
        self.hard = task.settings["sizes"]["inputs"] == "hard"
        # what changes with every step: its number from 1, the chosen sequences, and where inputs are hard their ids
        self.batches = (jnp.arange(1, self.steps + 1, dtype=jnp.float32), arrays["indices"], arrays.get("ids"))
        self.outer = (arrays["outer.inputs"], arrays["outer.targets"].ravel())

    def start(self) -> State:
        return self.weights, *zeros_like(self.weights, self.weights)

    def loss(self, flat: Array, latents: Array, decoder: Array, batch: Any) -> Array:
        _, indices, ids = batch
        decoded = jax.nn.softmax(latents[indices] @ decoder, axis=-1)
        tokens, targets = (ids, decoded) if self.hard else (decoded[:, :-1], decoded[:, 1:])
        return self.learner.soft_loss(self.learner.split(flat), tokens, targets.reshape(-1, decoder.shape[1]))

    def step(self, state: State, latents: Array, decoder: Array, batch: Any) -> State:
        return self.adam.step(state, jax.grad(self.loss)(state[0], latents, decoder, batch), batch[0])

    def train(self, state: State, latents: Array, decoder: Array, batches: Any) -> State:
        return lax.scan(lambda each, batch: (self.step(each, latents, decoder, batch), None), state, batches)[0]

    def outer_loss(self, flat: Array, outer: Any) -> Array:
        return self.learner.hard_loss(flat, *outer)

    def naive(self, state: State, latents: Array, decoder: Array, batches: Any, outer: Any) -> Any:
        def loss(synthetic: tuple[Array, Array]) -> Array:
            return self.outer_loss(self.train(state, *synthetic, batches)[0], outer)

        return jax.value_and_grad(loss)((latents, decoder))

    def reverse(self, product: str, carry: Any, state: State, latents: Array, decoder: Array, batch: Any) -> Any:
        """One reverse step: cotangent and what latents and decoder have got so far, to the same before the step."""
        cotangent, gradients = carry
        w = state[0]
        direction, before = self.adam.reverse(state, jax.grad(self.loss)(w, latents, decoder, batch), cotangent, batch[0])
        if product == "jvp":
            all_gradients = jax.grad(self.loss, argnums=(0, 1, 2))
            _, (curvature, *more) = jax.jvp(lambda flat: all_gradients(flat, latents, decoder, batch), (w,), (direction,))
        else:
            _, pull = jax.vjp(lambda *values: jax.grad(self.loss)(*values, batch), w, latents, decoder)
            curvature, *more = pull(direction)
        gradients = tuple(total + each for total, each in zip(gradients, more))
        return (before[0] + curvature, *before[1:]), gradients

    def stored(self, product: str, state: State, latents: Array, decoder: Array, batches: Any, outer: Any) -> Any:
        last, states = lax.scan(lambda each, batch: (self.step(each, latents, decoder, batch), each), state, batches)
        loss, gradient = jax.value_and_grad(self.outer_loss)(last[0], outer)
        carry = ((gradient, *zeros_like(gradient, gradient)), zeros_like(latents, decoder))

        def back(each: Any, at: Any) -> Any:
            return self.reverse(product, each, at[0], latents, decoder, at[1]), None

        (_, gradients), _ = lax.scan(back, carry, (states, batches), reverse=True)
        return loss, gradients


class Compiler:
    """Compiles functions ahead of their first call, and counts the seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, function: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
        started = time.perf_counter()
        compiled = jax.jit(function).lower(*arguments).compile()
        self.seconds += time.perf_counter() - started
        return compiled


# By name, a function that compiles what it needs and returns what is measured.
Ways = dict[str, Callable[[Compiler], Callable[[], Any]]]


def fastest(ways: Ways, task: Task) -> tuple[str, float, list[float], Any]:
    """Name, compile seconds, seconds and value of the fastest of several ways; each is compiled, measured and forgotten."""
    best: tuple[str, float, list[float], Any] | None = None
    for name, prepare in ways.items():
        compiler = Compiler()
        run = prepare(compiler)
        seconds, value = measure(lambda: jax.block_until_ready(run()), task)
        if best is None or min(seconds) < min(best[2]):
            best = (name, compiler.seconds, seconds, value)
        del run
    assert best is not None
    return best


def plain_ways(unrolled: Unrolled) -> Ways:
    latents, decoder, batches = unrolled.latents, unrolled.decoder, unrolled.batches
    each = [jax.tree.map(lambda array: array[t], batches) for t in range(unrolled.steps)]

    def loop(compiler: Compiler) -> Callable[[], Any]:
        step = compiler(unrolled.step, unrolled.start(), latents, decoder, each[0])

        def run() -> State:
            state = unrolled.start()
            for batch in each:
                state = step(state, latents, decoder, batch)
            return state

        return run

    def scan(compiler: Compiler) -> Callable[[], Any]:
        arguments = (unrolled.start(), latents, decoder, batches)
        return partial(compiler(unrolled.train, *arguments), *arguments)

    return {"loop": loop, "scan": scan}


def meta_ways(unrolled: Unrolled, mode: str) -> Ways:
    latents, decoder, batches, outer = unrolled.latents, unrolled.decoder, unrolled.batches, unrolled.outer
    each = [jax.tree.map(lambda array: array[t], batches) for t in range(unrolled.steps)]
    everything = (unrolled.start(), latents, decoder, batches, outer)
    if mode == "naive":
        return {"scan": lambda compiler: partial(compiler(unrolled.naive, *everything), *everything)}

    def scan(product: str, compiler: Compiler) -> Callable[[], Any]:
        return partial(compiler(partial(unrolled.stored, product), *everything), *everything)

    def loop(product: str, compiler: Compiler) -> Callable[[], Any]:
        start, sofar = unrolled.start(), zeros_like(latents, decoder)
        step = compiler(unrolled.step, start, latents, decoder, each[0])
        outer_gradient = compiler(jax.value_and_grad(unrolled.outer_loss), start[0], outer)
        reverse = compiler(partial(unrolled.reverse, product), (start, sofar), start, latents, decoder, each[0])

        def run() -> Any:
            states = [unrolled.start()]
            for batch in each:
                states.append(step(states[-1], latents, decoder, batch))
            loss, gradient = outer_gradient(states.pop()[0], outer)
            carry = ((gradient, *zeros_like(gradient, gradient)), zeros_like(latents, decoder))
            for batch in reversed(each):
                carry = reverse(carry, states.pop(), latents, decoder, batch)
            return loss, carry[1]

        return run

    return {f"{name} {product}": partial(way, product) for name, way in (("loop", loop), ("scan", scan)) for product in ("jvp", "vjp")}


def measure_unroll(task: Task) -> None:
    unrolled = Unrolled(task)
    plain, plain_compile, plain_seconds, _ = fastest(plain_ways(unrolled), task)
    meta, meta_compile, meta_seconds, (loss, (latents, decoder)) = fastest(meta_ways(unrolled, task.mode), task)
    write_safetensors(task.gradients, {"latents": jax.device_get(latents), "decoder": jax.device_get(decoder)})
    answer(
        task,
        VERSION,
        variant=f"plain: {plain}, meta-gradient: {meta}",
        compileSeconds=plain_compile + meta_compile,
        plainSeconds=plain_seconds,
        metaSeconds=meta_seconds,
        metaLoss=float(loss),
    )


def training_ways(learner: Learner, adam: Adam, flat: Array, batch: Any, steps: int) -> Ways:
    def step(state: State, t: Array, inputs: Array, targets: Array) -> tuple[State, Array]:
        loss, gradient = jax.value_and_grad(learner.hard_loss)(state[0], inputs, targets)
        return adam.step(state, gradient, t), loss

    times = jnp.arange(1, steps + 1, dtype=jnp.float32)
    start = (flat, *zeros_like(flat, flat))

    def loop(compiler: Compiler) -> Callable[[], Any]:
        compiled = compiler(step, start, times[0], *batch)

        def run() -> Array:
            state = start
            for t in times:
                state, loss = compiled(state, t, *batch)
            return loss

        return run

    def scan(compiler: Compiler) -> Callable[[], Any]:
        def train(state: State, inputs: Array, targets: Array) -> Array:
            return lax.scan(lambda each, t: step(each, t, inputs, targets), state, times)[1][-1]

        return partial(compiler(train, start, *batch), start, *batch)

    return {"loop": loop, "scan": scan}


def measure_training(task: Task) -> None:
    learner, adam = Learner(task), Adam(task)
    arrays = {name: jnp.asarray(array) for name, array in task.arrays.items()}
    flat, product = arrays["weights"], task.settings["product"]
    batch = (arrays["training.inputs"], arrays["training.targets"].ravel())
    variant, compile_seconds, training_seconds, loss = fastest(
        training_ways(learner, adam, flat, batch, task.settings["steps"]), task
    )

    def rank(weights: Array, ids: Array, positions: Array, targets: Array) -> tuple[Array, Array]:
        parts = learner.split(weights)
        logits = learner.hidden(parts, ids)[positions] @ parts[learner.table].T
        own = jnp.take_along_axis(logits, targets[:, None], axis=1, mode="promise_in_bounds")
        better, equal = (logits > own).sum(1), (logits == own).sum(1)
        return 1 + better + (equal - 1) / 2, own[:, 0] - jax.nn.logsumexp(logits, axis=1)

    compiler = Compiler()
    ranked = (flat, arrays["ranking.ids"], arrays["ranking.positions"], arrays["ranking.targets"])
    ranking = compiler(rank, *ranked)
    ranking_seconds, (ranks, log_probabilities) = measure(lambda: jax.device_get(ranking(*ranked)), task)
    matrix = jax.random.normal(jax.random.key(1), (product, product))
    multiply = compiler(jnp.matmul, matrix, matrix)
    product_seconds, _ = measure(lambda: jax.block_until_ready(multiply(matrix, matrix)), task)
    answer(
        task,
        VERSION,
        variant=variant,
        compileSeconds=compile_seconds + compiler.seconds,
        trainingSeconds=training_seconds,
        rankingSeconds=ranking_seconds,
        productSeconds=product_seconds,
        loss=float(loss),
        meanRank=float(ranks.mean()),
        meanLogProbability=float(log_probabilities.mean()),
    )


if TASK is None:
    print(VERSION)
elif TASK.mode == "training":
    measure_training(TASK)
else:
    measure_unroll(TASK)
