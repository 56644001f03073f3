"""Writes reference.csv: activations computed with 340 digits and rounded to double precision. Needs mpmath (1.3).

    python3 tests/networks/activation_accuracy/reference.py

Each row has the activation, x and f(x).
"""

import csv
import pathlib
import random

from mpmath import erfc, exp, expm1, log1p, mp, mpf, sqrt, tanh

mp.dps = 340  # 1 + e^x must not round off the smallest e^x
random.seed(1)

ACTIVATIONS = {
    "Sigmoid": lambda x: 1 / (1 + exp(-x)),
    "Tanh": tanh,
    "Elu": lambda x: x if x > 0 else expm1(x),
    "Gelu": lambda x: x * erfc(-x / sqrt(mpf(2))) / 2,
    "Silu": lambda x: x / (1 + exp(-x)),
    "Softplus": lambda x: log1p(exp(x)),
}

points = [sign * 10 ** random.uniform(-20, 2) for sign in (-1, 1) for _ in range(150)]
points += [random.uniform(-40, 40) for _ in range(400)] + [random.uniform(-740, 740) for _ in range(100)]
points += [sign * x for sign in (-1, 1) for x in (5e-324, 1e-300, 0.5, 1.0, 36.0, 37.5, 40.0, 700.0, 708.0, 740.0)]
with open(pathlib.Path(__file__).parent / "reference.csv", "w", newline="") as file:
    writer = csv.writer(file)
    for name, function in ACTIVATIONS.items():
        for x in points:
            writer.writerow([name, repr(x), repr(float(function(mpf(x))))])
