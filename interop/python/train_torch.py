"""Trains a small PyTorch model on distilled data: ``python train_torch.py FILE [--steps N] [--seed S]``.

An example to start from: a GRU whose output table is its embedding. It needs farzi.py beside it, numpy and torch.
"""

import argparse

import numpy as np
import torch

import farzi


class Recommender(torch.nn.Module):
    """Scores every token to come next after each position."""

    def __init__(self, vocabulary_size: int, width: int = 32):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary_size, width)
        self.recurrent = torch.nn.GRU(width, width, batch_first=True)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Ids ``[batch, length]`` or distributions ``[batch, length, vocabulary]`` to logits of the latter shape."""
        soft = tokens.is_floating_point()
        embedded = tokens @ self.embedding.weight if soft else self.embedding(tokens)
        hidden, _ = self.recurrent(embedded)
        return hidden @ self.embedding.weight.T


def loss_of(model: Recommender, batch: farzi.Batch, matching_temperature: float) -> torch.Tensor:
    """Cross-entropy with the targets, which are distributions, averaged over those that count.

    Targets are softened by the matching temperature, and so are predictions. Times its square, the gradient is as large
    as without.
    """
    tokens = torch.from_numpy(batch.ids if batch.ids is not None else batch.inputs)
    targets, weights = torch.from_numpy(batch.targets), torch.from_numpy(batch.weights)
    losses = -(targets * (model(tokens) / matching_temperature).log_softmax(-1)).sum(-1)
    return matching_temperature**2 * (losses * weights).sum() / weights.sum().clamp(min=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="*.farzi file")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    data = farzi.load(options.file)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    model = Recommender(data.vocabulary_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    step = 0
    while step < options.steps:
        for batch in data.batches(options.batch_size, rng):
            loss = loss_of(model, batch, data.matching_temperature)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % max(1, options.steps // 10) == 0 or step + 1 == options.steps:
                print(f"step {step} loss {loss.item():.4f}")
            step += 1
            if step == options.steps:
                break

    names = data.titles or data.vocabulary
    with torch.no_grad():
        scores = model(torch.tensor([[0]]))[0, -1]
    likeliest = scores.topk(min(5, data.vocabulary_size)).indices.tolist()
    print(f"after {names[0]}: {', '.join(names[token] for token in likeliest)}")


if __name__ == "__main__":
    main()
