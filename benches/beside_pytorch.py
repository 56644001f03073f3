"""The examples vae, digits_conv and sequence in PyTorch: the time of a training step on one thread, the best of some
trainings, and what they reach. `cargo bench --bench networks` measures the same steps here.

    pip install torch numpy
    python3 benches/beside_pytorch.py examples/data/digits.csv
"""
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, dtype=np.float32)
header = open(sys.argv[1]).readline().strip().split(",")
target = header.index("digit")
y = torch.tensor(table[:, target]).long()
x = torch.tensor(np.delete(table, target, 1)) / 16
order = torch.randperm(len(x))
cut = len(x) * 8 // 10
train, test = order[:cut], order[cut:]


def batches(n, size=32):
    return torch.randperm(n).split(size)


def vae(epochs):
    half = lambda i, o: nn.Sequential(nn.Linear(i, 128), nn.ReLU(), nn.Linear(128, o))
    net = nn.ModuleList([half(64, 16), half(8, 64)])
    adam = torch.optim.Adam(net.parameters(), 1e-3)

    def loss(pixels):
        mean, log_variance = net[0](pixels).chunk(2, 1)
        logits = net[1](mean + (log_variance * 0.5).exp() * torch.randn_like(mean))
        divergence = 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum() / len(pixels)
        return F.binary_cross_entropy_with_logits(logits, pixels) * 64 + divergence

    steps, begin = 0, time.perf_counter()
    for _ in range(epochs):
        for batch in batches(cut):
            adam.zero_grad()
            loss(pixels[batch]).backward()
            adam.step()
            steps += 1
    seconds = time.perf_counter() - begin
    with torch.no_grad():
        print(f"vae: {1e6 * seconds / steps:.0f} us a step, test loss {loss(x[test]):.2f}")


def digits_conv(epochs):
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.25), nn.Linear(32 * 16, 10))
    adam = torch.optim.AdamW(net.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, epochs)
    images, labels = pixels.view(-1, 1, 8, 8), y[train]
    steps, begin = 0, time.perf_counter()
    for _ in range(epochs):
        for batch in batches(cut):
            adam.zero_grad()
            F.cross_entropy(net(images[batch]), labels[batch]).backward()
            adam.step()
            steps += 1
        schedule.step()
    seconds = time.perf_counter() - begin
    net.eval()
    with torch.no_grad():
        accuracy = (net(x[test].view(-1, 1, 8, 8)).argmax(1) == y[test]).float().mean()
    print(f"digits_conv: {1e6 * seconds / steps:.0f} us a step, test accuracy {accuracy:.3f}")


def sequence(epochs, length=30):
    def sequences(count):
        inputs = torch.zeros(count, length, 2)
        inputs[:, :, 0] = torch.rand(count, length)
        rows = torch.arange(count)
        for marks in (torch.randint(0, length // 2, (count,)), torch.randint(length // 2, length, (count,))):
            inputs[rows, marks, 1] = 1
        return inputs, (inputs[:, :, 0] * inputs[:, :, 1]).sum(1, keepdim=True)

    (inputs, targets), (test_inputs, test_targets) = sequences(2000), sequences(500)
    gru, linear = nn.GRU(2, 32, batch_first=True), nn.Linear(32, 1)
    parameters = [*gru.parameters(), *linear.parameters()]
    adam = torch.optim.Adam(parameters, 5e-3)
    net = lambda x: linear(gru(x)[0][:, -1])
    steps, begin = 0, time.perf_counter()
    for _ in range(epochs):
        for batch in batches(2000):
            adam.zero_grad()
            F.mse_loss(net(inputs[batch]), targets[batch]).backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
            steps += 1
    seconds = time.perf_counter() - begin
    with torch.no_grad():
        print(f"sequence: {1e6 * seconds / steps:.0f} us a step, test error {F.mse_loss(net(test_inputs), test_targets):.4f}")


pixels = x[train].contiguous()
for repeat in range(2):
    vae(20)
    digits_conv(6)
    sequence(6)
