"""Examples in PyTorch, and what they reach. For vae, digits_conv and sequence, also the time of a training step on one
thread, which `cargo bench --bench networks` measures here. docs/performance.md compares the times and the lines of code.

    pip install torch numpy
    python3 benches/beside_pytorch.py examples/data/digits.csv
"""
import math
import pathlib
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1, dtype=np.float32)
folder = pathlib.Path(sys.argv[1]).parent
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


def digits(epochs):
    net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(epochs):
        for batch in batches(cut):
            adam.zero_grad()
            F.cross_entropy(net(pixels[batch]), y[train][batch]).backward()
            adam.step()
    with torch.no_grad():
        accuracy = (net(x[test]).argmax(1) == y[test]).float().mean()
    print(f"digits: test accuracy {accuracy:.3f}")


def transfer(examples, epochs):
    def network(outputs):
        features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(16 * 9, 64), nn.ReLU())
        return nn.Sequential(features, nn.Linear(64, outputs))

    def pictures(indices):
        result = torch.zeros(len(indices), 1, 12, 12)
        for picture, index in zip(result, indices):
            top, left = torch.randint(5, (2,)).tolist()
            picture[0, top:top + 8, left:left + 8] = x[index].view(8, 8)
        return result

    def accuracy(net, optimizer, epochs, inputs, targets, test_inputs, test_targets):
        for _ in range(epochs):
            for batch in batches(len(inputs)):
                optimizer.zero_grad()
                F.cross_entropy(net(inputs[batch]), targets[batch]).backward()
                optimizer.step()
        with torch.no_grad():
            return (net(test_inputs).argmax(1) == test_targets).float().mean()

    many, few = train[:1000], train[1000:]
    pretrained, inputs, test_inputs = network(10), pictures(many.repeat(4)), pictures(test)
    adam = torch.optim.Adam(pretrained.parameters(), 2e-3)
    reading = accuracy(pretrained, adam, epochs, inputs, y[many.repeat(4)], test_inputs, y[test])
    few = torch.cat([few[y[few] == digit][:examples] for digit in range(10)])
    data = pictures(few), y[few] % 2, test_inputs, y[test] % 2
    net = network(2)
    scratch = accuracy(net, torch.optim.Adam(net.parameters(), 2e-3), 150, *data)
    net = network(2)
    net[0].load_state_dict(pretrained[0].state_dict())
    net[0].requires_grad_(False)
    frozen = accuracy(net, torch.optim.Adam(net[1].parameters(), 1e-2), 150, *data)
    net.requires_grad_(True)
    tuned = accuracy(net, torch.optim.Adam(net.parameters(), 3e-4), 60, *data)
    print(f"transfer: digits {reading:.3f}, scratch {scratch:.3f}, frozen {frozen:.3f}, fine-tuned {tuned:.3f}")


def names(steps, width=16, heads=4, context=16):
    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            def weight(*shape):
                return nn.Parameter(torch.randn(*shape) * 0.08)

            self.tokens, self.positions = weight(27, width), weight(context, width)
            self.queries, self.keys, self.values, self.projection = (weight(width, width) for _ in range(4))
            self.expansion, self.contraction = weight(width, 4 * width), weight(4 * width, width)
            self.head = weight(width, 27)

        def forward(self, tokens):
            norm = lambda x: F.rms_norm(x, (width,), eps=1e-5)
            x = norm(self.tokens[tokens] + self.positions[:len(tokens)])
            x = x + self.attention(norm(x))
            x = x + (norm(x) @ self.expansion).relu() @ self.contraction
            return x @ self.head

        def attention(self, x):
            split = lambda weight: (x @ weight).view(len(x), heads, -1).transpose(0, 1)
            q, k, v = map(split, [self.queries, self.keys, self.values])
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return y.transpose(0, 1).reshape(len(x), width) @ self.projection

    lines = (folder / "names.txt").read_text().split()
    lines = [lines[i] for i in torch.randperm(len(lines))]
    tokens = lambda name: torch.tensor([26, *(ord(letter) - 97 for letter in name), 26])
    net = Transformer()
    adam = torch.optim.Adam(net.parameters(), 0.01, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.0, steps)
    loss = lambda row: F.cross_entropy(net(row[:-1][:context]), row[1:][:context])
    for step in range(steps):
        adam.zero_grad()
        loss(tokens(lines[step])).backward()
        adam.step()
        schedule.step()
    with torch.no_grad():
        print(f"names: loss {torch.stack([loss(tokens(name)) for name in lines[-1000:]]).mean():.3f}")


def cartpole(updates):
    def push(state, action):
        x, speed, angle, turn = state
        force = 10.0 if action == 1 else -10.0
        sin, cos = math.sin(angle), math.cos(angle)
        pull = (force + 0.05 * turn**2 * sin) / 1.1
        turning = (9.8 * sin - cos * pull) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
        acceleration = pull - 0.05 * turning * cos / 1.1
        x, speed, angle, turn = (a + 0.02 * b for a, b in zip(state, [speed, acceleration, turn, turning]))
        return [x, speed, angle, turn], abs(x) <= 2.4 and abs(angle) <= math.radians(12)

    policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2))
    adam = torch.optim.Adam(policy.parameters(), 0.01)

    def play():
        state, running, states, actions = (torch.rand(4) * 0.1 - 0.05).tolist(), True, [], []
        while running and len(states) < 500:
            with torch.no_grad():
                action = torch.distributions.Categorical(logits=policy(torch.tensor(state))).sample().item()
            states.append(state)
            actions.append(action)
            state, running = push(state, action)
        return states, actions

    def advantages(episodes):
        returns = []
        for states, _ in episodes:
            sums = [0.0]
            for _ in states:
                sums.append(1 + 0.99 * sums[-1])
            returns += sums[:0:-1]
        returns = torch.tensor(returns)
        return (returns - returns.mean()) / (returns.std() + 1e-8)

    for _ in range(updates):
        episodes = [play() for _ in range(16)]
        states, actions = (torch.tensor([row for episode in episodes for row in episode[i]]) for i in range(2))
        loss = (F.cross_entropy(policy(states), actions, reduction="none") * advantages(episodes)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    print(f"cartpole: {sum(len(play()[0]) for _ in range(20)) / 20:.0f} steps")


def heat(steps):
    net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
    adam = torch.optim.Adam(net.parameters(), 0.01)

    def u(x, t):
        return torch.sin(math.pi * x) * (1 + t * 10 * net(torch.cat([x, t], 1)))

    for _ in range(steps):
        x, t = torch.rand(32, 1).requires_grad_(), (0.2 * torch.rand(32, 1)).requires_grad_()
        u_x, u_t = torch.autograd.grad(u(x, t).sum(), [x, t], create_graph=True)
        [u_xx] = torch.autograd.grad(u_x.sum(), [x], create_graph=True)
        adam.zero_grad()
        (u_t - u_xx).pow(2).mean().backward()
        adam.step()
    found = u(torch.tensor([[0.5]]), torch.tensor([[0.1]])).item()
    print(f"heat: {found:.3f}, exactly {math.exp(-0.1 * math.pi**2):.3f}")


pixels = x[train].contiguous()
for repeat in range(2):
    vae(20)
    digits_conv(6)
    sequence(6)
digits(40)
transfer(5, 8)
names(5000)
cartpole(60)
heat(500)
