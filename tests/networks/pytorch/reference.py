"""Writes reference.csv: losses and gradients of small networks over batches, from PyTorch in double precision.

    pip install torch && python3 tests/networks/pytorch/reference.py

Each row has the activation, the loss, and which weights it has: "samples", "classes" or "neither"; then the parameters in
the crate's order (for each neuron its weights, then its bias), inputs, targets, weights, loss and gradient.
"""

import csv
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)
INPUTS, HIDDEN, OUTPUTS, SAMPLES = 3, 4, 2, 5

ACTIVATIONS = {
    "Step": lambda x: (x >= 0).double(),
    "Identity": lambda x: x,
    "Sigmoid": torch.sigmoid,
    "Tanh": torch.tanh,
    "Relu": torch.relu,
    "LeakyRelu": lambda x: F.leaky_relu(x, 0.01),
    "Elu": F.elu,
    "Gelu": F.gelu,
    "Silu": F.silu,
    "Softplus": lambda x: F.softplus(x, threshold=1000),
}

# The loss of each sample and output, or of each sample
LOSSES = {
    "MeanSquaredError": lambda y, t, c: c * F.mse_loss(y, t, reduction="none"),
    "MeanAbsoluteError": lambda y, t, c: c * F.l1_loss(y, t, reduction="none"),
    "Huber": lambda y, t, c: c * F.huber_loss(y, t, delta=0.7, reduction="none"),
    "BinaryCrossEntropyWithLogits": lambda y, t, c: F.binary_cross_entropy_with_logits(y, t, weight=c, reduction="none"),
    "CrossEntropy": lambda y, t, c: F.cross_entropy(y, t, weight=c, reduction="none"),
    "SmoothCrossEntropy": lambda y, t, c: F.cross_entropy(y, t, weight=c, label_smoothing=0.1, reduction="none"),
    "Hinge": lambda y, t, c: c * torch.relu(1 - t * y),
}


def targets(loss):
    if loss == "BinaryCrossEntropyWithLogits":
        return torch.rand(SAMPLES, OUTPUTS)
    if loss.endswith("CrossEntropy"):
        return torch.softmax(torch.randn(SAMPLES, OUTPUTS), dim=1)
    if loss == "Hinge":
        return torch.randint(0, 2, (SAMPLES, OUTPUTS)) * 2.0 - 1.0
    return torch.randn(SAMPLES, OUTPUTS)


def case(activation, loss, weighted):
    first = torch.randn(HIDDEN, INPUTS + 1, requires_grad=True)
    second = torch.randn(OUTPUTS, HIDDEN + 1, requires_grad=True)
    inputs, target = torch.randn(SAMPLES, INPUTS), targets(loss)
    samples = torch.rand(SAMPLES) * 2 if weighted == "samples" else torch.ones(SAMPLES)
    classes = torch.rand(OUTPUTS) * 2 if weighted == "classes" else torch.ones(OUTPUTS)
    hidden = ACTIVATIONS[activation](F.linear(inputs, first[:, :-1], first[:, -1]))
    losses = LOSSES[loss](F.linear(hidden, second[:, :-1], second[:, -1]), target, classes)
    total = (losses * (samples[:, None] if losses.dim() == 2 else samples)).mean()
    total.backward()
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in (first, second)]  # a step has no gradient
    tensors = [first, second, inputs, target, samples, classes, total, *gradients]
    return [activation, loss, weighted] + [repr(x) for tensor in tensors for x in tensor.detach().flatten().tolist()]


with open(pathlib.Path(__file__).parent / "reference.csv", "w", newline="") as file:
    writer = csv.writer(file)
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            writer.writerow(case(activation, loss, "neither"))
    for loss in LOSSES:
        for weighted in ("samples", "classes"):
            writer.writerow(case("Tanh", loss, weighted))
