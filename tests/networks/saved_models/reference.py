"""Writes torch.safetensors, a PyTorch network for the crate to load, and reference.csv, the outputs of this network and of
one that the crate saved.

    pip install torch safetensors packaging numpy && python3 tests/networks/saved_models/reference.py

Each row of reference.csv has the network, three inputs and two outputs of a sample. The test
`saved_network_has_the_same_outputs_in_pytorch` writes ours.safetensors if it does not exist.
"""

import csv
import pathlib

import torch
from safetensors.torch import load_file, save_file
from torch import nn

folder = pathlib.Path(__file__).parent
torch.manual_seed(1)
theirs = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.0), nn.Linear(4, 2))
save_file(theirs.state_dict(), folder / "torch.safetensors")

ours = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 2))
ours.load_state_dict(load_file(folder / "ours.safetensors"))

with open(folder / "reference.csv", "w", newline="") as file:
    table = csv.writer(file)
    for name, net in [("torch", theirs), ("ours", ours)]:
        for sample in torch.randn(5, 3):
            table.writerow([name] + sample.tolist() + net(sample).tolist())
