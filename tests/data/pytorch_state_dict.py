"""Writes the state_dict of a network with each layer that has parameters, in both precisions, and as JSON the inputs and
the outputs of each layer.

    pip install torch numpy safetensors
    python3 tests/data/pytorch_state_dict.py tests/data

.ci/check_pytorch.py loads the files of the crate into the same network.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn


def network():
    """Creates the network, whose layers have 12 outputs for each of 3 samples."""
    return nn.Sequential(
        nn.Embedding(5, 2),
        nn.Conv1d(2, 2, 3, padding=1),
        nn.Conv2d(3, 3, 3, padding=1, bias=False),
        nn.BatchNorm2d(3),
        nn.RNN(2, 2, batch_first=True),
        nn.GRU(3, 3, batch_first=True),
        nn.LSTM(4, 4, batch_first=True),
        nn.LayerNorm(12),
        nn.RMSNorm(12),
        nn.BatchNorm1d(12),
        nn.MultiheadAttention(12, 3),
        nn.Sequential(nn.Linear(12, 4), nn.Tanh(), nn.Linear(4, 12, bias=False)),
    )


# The shape of the inputs of each layer
SHAPES = [(6,), (2, 6), (3, 2, 2), (3, 2, 2), (6, 2), (4, 3), (3, 4), (12,), (12,), (12,), (12,), (12,)]


def outputs(net, x):
    """Returns the outputs of each layer, with a sample in each row."""
    results = []
    for layer, shape in zip(net, SHAPES, strict=True):
        x = x.reshape(3, *shape)
        x = layer(x, x, x) if isinstance(layer, nn.MultiheadAttention) else layer(x)
        x = (x[0] if isinstance(x, tuple) else x).reshape(3, 12)
        results.append(x.tolist())
    return results


if __name__ == "__main__":
    torch.manual_seed(1)
    folder = pathlib.Path(sys.argv[1])
    net, inputs = network(), torch.randint(5, (3, 6))
    outputs(net, inputs)  # in training mode, so that the running means and variances are not 0 and 1
    net.eval()
    for name, dtype in [("f32", torch.float32), ("f64", torch.float64)]:
        net.to(dtype)
        save_file(net.state_dict(), folder / f"pytorch_state_dict_{name}.safetensors")
    values = {"inputs": inputs.tolist(), "outputs": outputs(net, inputs)}
    (folder / "pytorch_state_dict.json").write_text(json.dumps(values, separators=(",", ":")) + "\n")
