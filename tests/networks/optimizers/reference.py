"""Writes reference.csv: twenty steps of each optimizer and twenty epochs of each schedule, from PyTorch in double precision.

    pip install torch && python3 tests/networks/optimizers/reference.py

Each row has the name of a case, then the four parameters after each step, or the learning rate in each epoch.
"""

import csv
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler, swa_utils

torch.set_default_dtype(torch.float64)
STEPS = 20


class Lion(torch.optim.Optimizer):
    """Lion, which PyTorch does not have: the equations of Chen et al. 2023, algorithm 2."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(beta1 * m + (1 - beta1) * p.grad) + group["weight_decay"] * p
                p -= group["lr"] * update
                m.copy_(beta2 * m + (1 - beta2) * p.grad)


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "rmsprop 0.9": lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adam 0.8 0.95": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95)),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True),
    "adamw amsgrad": lambda p: torch.optim.AdamW(p, lr=0.05, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.5),
    "adagrad decay": lambda p: torch.optim.Adagrad(p, lr=0.5, lr_decay=0.1, initial_accumulator_value=2.0, eps=0.01),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.05),
    "nadam 0.8 0.95": lambda p: torch.optim.NAdam(p, lr=0.05, betas=(0.8, 0.95), momentum_decay=0.1, eps=0.001),
    "lion": lambda p: Lion(p, lr=0.05),
    "lion 0.5 0.8": lambda p: Lion(p, lr=0.05, betas=(0.5, 0.8), weight_decay=0.1),
}

# Two groups: the elements 0 and 2, the weights, and the elements 1 and 3, the biases
GROUPS = {
    "groups sgd": lambda w, b: torch.optim.SGD(
        [{"params": w}, {"params": b, "lr": 0.01}], lr=0.05, momentum=0.9
    ),
    "groups adam": lambda w, b: torch.optim.AdamW(
        [{"params": w, "weight_decay": 0.1}, {"params": b, "lr": 0.01, "weight_decay": 0.0}], lr=0.05
    ),
    "groups frozen": lambda w, b: torch.optim.AdamW(
        [{"params": w.requires_grad_(False)}, {"params": b}], lr=0.05, weight_decay=0.1
    ),
}

SCHEDULES = {
    "step": lambda o: lr_scheduler.StepLR(o, 6, 0.5),
    "exponential": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.1),
    "warm-up": lambda o: lr_scheduler.SequentialLR(
        o,
        [lr_scheduler.LinearLR(o, 0.2, total_iters=4), lr_scheduler.ExponentialLR(o, 0.9)],
        [5],
    ),
}


def gradient(p):
    """Returns the gradient of a polynomial of degree 4 in each parameter, as in the test."""
    return torch.tensor([1.0, 5.0, 0.1, 20.0]) * p + 0.3 * p**3 - 0.5


def steps(make):
    p = torch.tensor([1.0, -2.0, 3.0, 0.5], requires_grad=True)
    optimizer = make([p])
    parameters = []
    for _ in range(STEPS):
        p.grad = gradient(p.detach())
        optimizer.step()
        parameters += p.tolist()
    return parameters


def group_steps(make):
    """Returns the parameters after each step, with a rate that each step multiplies by 0.9."""
    p = torch.tensor([1.0, -2.0, 3.0, 0.5])
    w, b = p[0::2].clone().requires_grad_(), p[1::2].clone().requires_grad_()
    optimizer = make(w, b)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.9)
    parameters = []
    for _ in range(STEPS):
        derivatives = gradient(torch.stack([w.detach(), b.detach()], 1).flatten())
        w.grad, b.grad = derivatives[0::2].clone() if w.requires_grad else None, derivatives[1::2].clone()
        optimizer.step()
        schedule.step()
        parameters += torch.stack([w.detach(), b.detach()], 1).flatten().tolist()
    return parameters


def averages():
    """Returns the exponential moving average, with a decay of 0.9, of the parameters after each step of SGD."""
    module = torch.nn.Linear(3, 1)
    p = torch.tensor([1.0, -2.0, 3.0, 0.5])
    average = swa_utils.AveragedModel(module, avg_fn=swa_utils.get_ema_avg_fn(0.9))
    values = []
    for _ in range(STEPS):
        p = p - 0.05 * gradient(p)
        with torch.no_grad():
            module.weight.copy_(p[None, :3])
            module.bias.copy_(p[3:])
        average.update_parameters(module)
        values += average.module.weight.flatten().tolist() + average.module.bias.tolist()
    return values


def rates(make):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimizer)
    learning_rates = []
    for _ in range(STEPS):
        learning_rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return learning_rates


warnings.simplefilter("ignore")  # SequentialLR itself causes a warning
with open(pathlib.Path(__file__).with_name("reference.csv"), "w", newline="") as file:
    table = csv.writer(file)
    for name, make in OPTIMIZERS.items():
        table.writerow([name] + [repr(x) for x in steps(make)])
    for name, make in GROUPS.items():
        table.writerow([name] + [repr(x) for x in group_steps(make)])
    table.writerow(["average"] + [repr(x) for x in averages()])
    for name, make in SCHEDULES.items():
        table.writerow([name] + [repr(x) for x in rates(make)])
