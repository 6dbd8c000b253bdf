"""The workloads of bench/workload.ts in PyTorch, on the CPU or on a GPU of CUDA, whose products are then in float32 (no TF32).

`naive` differentiates through all steps of Adam with autograd, which keeps every step's activations. `stored` keeps the optimizer's states
only, and reverses one step after the other with one Hessian-vector product each (docs/numerics.md, "The reverse of an Adam step").
"""

import math
from dataclasses import dataclass
from typing import Any, Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from harness import Task, answer, measure, read_task, write_safetensors

VERSION = f"torch {torch.__version__}"
Weights = dict[str, Tensor]


def device_of(task: Task) -> torch.device:
    return torch.device("cuda" if task.gpu else "cpu")


def on_device(task: Task) -> dict[str, Tensor]:
    """The arrays of the exchange file."""
    return {name: torch.from_numpy(array).to(device_of(task)) for name, array in task.arrays.items()}


def finished(task: Task, run: Callable[[], Any]) -> Callable[[], Any]:
    """Returns when a GPU has done all its work."""

    def finish() -> Any:
        value = run()
        if task.gpu:
            torch.cuda.synchronize()
        return value

    return finish


def version(task: Task) -> str:
    return f"{VERSION} on {torch.cuda.get_device_name()}" if task.gpu else VERSION


class Learner:
    """SASRec, or for language the Transformer: pre-norm, without dropout, its embedding tied to the output."""

    def __init__(self, task: Task) -> None:
        sizes = task.settings["sizes"]
        self.language = sizes["task"] == "language"
        self.length, self.width, self.blocks = sizes["length"], sizes["width"], sizes["blocks"]
        self.heads = task.settings["heads"]
        self.layout = task.layout
        self.sizes = [math.prod(shape) for _, shape in task.layout]
        self.table = "tokenEmbedding" if self.language else "itemEmbedding"
        self.future = torch.ones(self.length, self.length, dtype=torch.bool, device=device_of(task)).triu(1)

    def split(self, flat: Tensor) -> Weights:
        parts = flat.split(self.sizes)
        return {path: part.view(shape) for (path, shape), part in zip(self.layout, parts)}

    def hidden(self, weights: Weights, tokens: Tensor, fused: bool = False) -> Tensor:
        """Hidden states `[batch * length, width]` of ids `[batch, length]` or distributions `[batch, length, vocabulary]`.

        Fused attention has a first derivative only.
        """
        table, positions = weights[self.table], weights["positionEmbedding"]
        embedded = tokens @ table if tokens.is_floating_point() else F.embedding(tokens, table)
        scale = math.sqrt(self.width)
        x = (embedded + positions) * scale if self.language else embedded * scale + positions
        for index in range(self.blocks):
            block = {name: weights[f"blocks.{index}.{name}"] for name in BLOCK}
            x = x + self.attention(self.normalised(x, block, "attentionNormalisation"), block, fused)
            expanded = dense(self.normalised(x, block, "feedForwardNormalisation"), block, "expand")
            x = x + dense(F.gelu(expanded) if self.language else F.relu(expanded), block, "contract")
        return self.normalised(x, weights, "finalNormalisation").reshape(-1, self.width)

    def normalised(self, x: Tensor, weights: Weights, name: str) -> Tensor:
        return F.layer_norm(x, (self.width,), weights[f"{name}.gain"], weights[f"{name}.bias"])

    def attention(self, x: Tensor, block: Weights, fused: bool) -> Tensor:
        def heads(name: str) -> Tensor:
            return dense(x, block, name).view(*x.shape[:2], self.heads, -1).transpose(1, 2)

        query, key, value = heads("query"), heads("key"), heads("value")
        if fused and hasattr(F, "scaled_dot_product_attention"):
            mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        else:
            scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
            mixed = scores.masked_fill(self.future, -math.inf).softmax(-1) @ value
        return dense(mixed.transpose(1, 2).reshape(x.shape), block, "output")

    def loss(self, weights: Weights, tokens: Tensor, targets: Tensor, fused: bool = False) -> Tensor:
        """Mean cross-entropy against ids `[rows]` or distributions `[rows, vocabulary]`."""
        return F.cross_entropy(self.hidden(weights, tokens, fused) @ weights[self.table].T, targets)


DENSE = ("query", "key", "value", "output", "expand", "contract")
NORMALISATIONS = ("attentionNormalisation", "feedForwardNormalisation")
BLOCK = [f"{name}.weight" for name in DENSE] + [f"{name}.bias" for name in DENSE]
BLOCK += [f"{name}.{part}" for name in NORMALISATIONS for part in ("gain", "bias")]


def dense(x: Tensor, weights: Weights, name: str) -> Tensor:
    return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


@dataclass
class State:
    """Flat weights and moments."""

    w: Tensor
    m: Tensor
    v: Tensor


class Adam:
    """Adam as a function of state and gradient, and its reverse."""

    def __init__(self, task: Task) -> None:
        adam = task.settings["adam"]
        self.b1, self.b2, self.epsilon = adam["beta1"], adam["beta2"], adam["epsilon"]
        self.rate = task.settings["learningRate"]

    def moments(self, state: State, g: Tensor) -> tuple[Tensor, Tensor]:
        return self.b1 * state.m + (1 - self.b1) * g, self.b2 * state.v + (1 - self.b2) * g * g

    def step(self, state: State, g: Tensor, t: int) -> State:
        m, v = self.moments(state, g)
        # where v is 0 its root has no derivative
        root = torch.where(v > 0, v, 1.0).sqrt().where(v > 0, 0.0) / math.sqrt(1 - self.b2**t)
        return State(state.w - self.rate / (1 - self.b1**t) * m / (root + self.epsilon), m, v)

    def reverse(self, state: State, g: Tensor, cotangent: State, t: int) -> tuple[Tensor, State]:
        """Cotangent of the gradient, and of the state before the step without the Hessian-vector product."""
        m, v = self.moments(state, g)
        root = (v / (1 - self.b2**t)).sqrt_()
        scaled = self.rate / (1 - self.b1**t) * cotangent.w / (root + self.epsilon)
        through_root = scaled * m / (root + self.epsilon) / (2 * (1 - self.b2**t)) / root
        dm = cotangent.m - scaled
        dv = cotangent.v + through_root.masked_fill_(root == 0, 0)
        dg = (1 - self.b1) * dm + 2 * (1 - self.b2) * g * dv
        return dg, State(cotangent.w, self.b1 * dm, self.b2 * dv)


class Unrolled:
    """A learner trained on synthetic data."""

    def __init__(self, task: Task) -> None:
        arrays = on_device(task)
        self.learner, self.adam = Learner(task), Adam(task)
        self.steps: int = task.settings["steps"]
        self.hard = task.settings["sizes"]["inputs"] == "hard"
        self.weights, self.latents, self.decoder = arrays["weights"], arrays["latents"], arrays["decoder"]
        self.indices = arrays["indices"].long()
        self.ids = arrays["ids"].long() if self.hard else None
        self.inputs, self.targets = arrays["outer.inputs"].long(), arrays["outer.targets"].long().flatten()

    def inner_loss(self, weights: Weights, latents: Tensor, decoder: Tensor, step: int, fused: bool = False) -> Tensor:
        decoded = (latents[self.indices[step]] @ decoder).softmax(-1)
        tokens, targets = (self.ids[step], decoded) if self.ids is not None else (decoded[:, :-1], decoded[:, 1:])
        return self.learner.loss(weights, tokens, targets.reshape(-1, decoder.shape[1]), fused)

    def outer_loss(self, flat: Tensor) -> Tensor:
        return self.learner.loss(self.learner.split(flat), self.inputs, self.targets)

    def gradient(self, flat: Tensor, latents: Tensor, decoder: Tensor, step: int, create_graph: bool = False) -> Tensor:
        loss = self.inner_loss(self.learner.split(flat), latents, decoder, step)
        return torch.autograd.grad(loss, flat, create_graph=create_graph)[0]

    def start(self) -> State:
        return State(self.weights, torch.zeros_like(self.weights), torch.zeros_like(self.weights))

    def plain(self) -> float:
        """Training with PyTorch's own optimizer; the last loss."""

        def loss_at(weights: Weights, step: int) -> Tensor:
            return self.inner_loss(weights, self.latents, self.decoder, step, fused=True)

        return trained(self.learner, self.adam, self.weights, self.steps, loss_at)

    def naive(self) -> tuple[float, Tensor, Tensor]:
        latents, decoder = self.latents.clone().requires_grad_(), self.decoder.clone().requires_grad_()
        state = self.start()
        state.w = state.w.clone().requires_grad_()
        for t in range(self.steps):
            gradient = self.gradient(state.w, latents, decoder, t, create_graph=True)
            state = self.adam.step(state, gradient, t + 1)
        loss = self.outer_loss(state.w)
        return loss.item(), *torch.autograd.grad(loss, (latents, decoder))

    def stored(self) -> tuple[float, Tensor, Tensor]:
        states = [self.start()]
        for t in range(self.steps):
            gradient = self.gradient(states[t].w.detach().requires_grad_(), self.latents, self.decoder, t)
            with torch.no_grad():
                states.append(self.adam.step(states[t], gradient, t + 1))
        w = states.pop().w.requires_grad_()
        loss = self.outer_loss(w)
        cotangent = State(torch.autograd.grad(loss, w)[0], torch.zeros_like(w), torch.zeros_like(w))
        latents, decoder = self.latents.clone().requires_grad_(), self.decoder.clone().requires_grad_()
        to_latents, to_decoder = torch.zeros_like(latents), torch.zeros_like(decoder)
        for t in reversed(range(self.steps)):
            state = states.pop()
            w = state.w.detach().requires_grad_()
            gradient = self.gradient(w, latents, decoder, t, create_graph=True)
            with torch.no_grad():
                direction, cotangent = self.adam.reverse(state, gradient, cotangent, t + 1)
            curvature, more_latents, more_decoder = torch.autograd.grad(gradient, (w, latents, decoder), direction)
            cotangent.w = cotangent.w + curvature
            to_latents += more_latents
            to_decoder += more_decoder
        return loss.item(), to_latents, to_decoder


def trained(learner: Learner, adam: Adam, flat: Tensor, steps: int, loss_at: Callable[[Weights, int], Tensor]) -> float:
    """Trains with PyTorch's own optimizer, fused where it can be; the loss before the last step."""
    weights = {name: part.clone().requires_grad_() for name, part in learner.split(flat).items()}
    options = {"lr": adam.rate, "betas": (adam.b1, adam.b2), "eps": adam.epsilon}
    try:
        optimizer = torch.optim.Adam(weights.values(), fused=True, **options)
    except (RuntimeError, TypeError):
        optimizer = torch.optim.Adam(weights.values(), foreach=True, **options)
    for t in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_at(weights, t)
        loss.backward()
        optimizer.step()
    return loss.item()


def measure_unroll(task: Task) -> None:
    unrolled = Unrolled(task)
    plain_seconds, _ = measure(finished(task, unrolled.plain), task)
    way = unrolled.naive if task.mode == "naive" else unrolled.stored
    meta_seconds, (loss, latents, decoder) = measure(finished(task, way), task)
    write_safetensors(task.gradients, {"latents": latents.cpu().numpy(), "decoder": decoder.cpu().numpy()})
    answer(task, version(task), plainSeconds=plain_seconds, metaSeconds=meta_seconds, metaLoss=loss)


def measure_training(task: Task) -> None:
    learner, adam = Learner(task), Adam(task)
    arrays = on_device(task)
    inputs, targets = arrays["training.inputs"].long(), arrays["training.targets"].long().flatten()
    flat = arrays["weights"]

    def train() -> float:
        steps = task.settings["steps"]
        return trained(learner, adam, flat, steps, lambda weights, _: learner.loss(weights, inputs, targets, fused=True))

    training_seconds, loss = measure(finished(task, train), task)

    ids, positions = arrays["ranking.ids"].long(), arrays["ranking.positions"].long()
    ranked = arrays["ranking.targets"].long().unsqueeze(1)
    weights = learner.split(flat)

    @torch.inference_mode()
    def rank() -> tuple[float, float]:
        logits = learner.hidden(weights, ids, fused=True)[positions] @ weights[learner.table].T
        own = logits.gather(1, ranked)
        better, equal = (logits > own).sum(1), (logits == own).sum(1)
        ranks = 1 + better + (equal - 1) / 2
        log_probabilities = own.squeeze(1) - logits.logsumexp(1)
        return ranks.double().mean().item(), log_probabilities.double().mean().item()

    ranking_seconds, (mean_rank, mean_log_probability) = measure(rank, task)
    matrix = torch.randn(task.settings["product"], task.settings["product"], device=device_of(task))
    product_seconds, _ = measure(finished(task, lambda: matrix @ matrix), task)
    answer(
        task,
        version(task),
        trainingSeconds=training_seconds,
        rankingSeconds=ranking_seconds,
        productSeconds=product_seconds,
        loss=loss,
        meanRank=mean_rank,
        meanLogProbability=mean_log_probability,
    )


def main() -> None:
    task = read_task()
    if task is None:
        print(VERSION)
        return
    torch.set_num_threads(task.threads)
    if task.mode == "training":
        measure_training(task)
    else:
        measure_unroll(task)


main()
