"""PyTorch writes a net for this crate to read, and reads one that this crate wrote: makes torch.safetensors and reference.csv
beside this file.

    pip install torch safetensors packaging numpy && python3 tests/networks/saved_models/reference.py

reference.csv has a line a net and sample: which net, three inputs, two outputs. ours.safetensors is written by the test
`what_pytorch_reads_of_ours_it_computes_alike`, when it is not there.
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
