"""Writes reference.csv: elementary functions of double precision, computed with 120 digits. Needs mpmath (1.3).

    python3 src/kernels/elementary/reference.py

Each row has the function, x, the exponent of a power (otherwise 0), f(x) rounded to double precision, and the rest of f(x) in
three digits.
"""

import csv
import pathlib
import random

from mpmath import cos, exp, expm1, floor, log, log1p, mp, mpf, pi, sin

mp.dps = 120
random.seed(1)
uniform = random.uniform
LARGEST = 1.7976931348623157e308


def near_one():
    return 1 + random.choice((-1, 1)) * uniform(0.1, 0.5) * 10 ** uniform(-14, 0)


def positive():
    """Numbers of any size, subnormal too, half of them near 1"""
    return near_one() if random.random() < 0.5 else 2.0 ** uniform(-1073, 1023)


def near_multiples_of_half_pi():
    """For each exponent, the floats m·2ᵉ nearest to a multiple n·π/2, relative to its size: m/n is a convergent of the
    continued fraction of π/2·2⁻ᵉ."""
    for exponent in range(-52, -22):
        rest = pi / 2 / mpf(2) ** exponent
        (m, last_m), (n, last_n) = (1, 0), (0, 1)
        while m < 2**53:
            if m >= 2**52:
                yield m * 2.0**exponent
            term = int(floor(rest))
            m, last_m, n, last_n = term * m + last_m, m, term * n + last_n, n
            rest = 1 / (rest - term)


points = [positive() for _ in range(300)] + [uniform(0.5, 2) for _ in range(200)]
points += [5e-324, 2.2250738585072014e-308, LARGEST, 1 - 2**-53, 1 + 2**-52, 0.7071067811865475, 0.7071067811865476]
exponents = [uniform(-745, 709) for _ in range(300)] + [uniform(-1, 1) * 10 ** uniform(-20, 0) for _ in range(100)]
angles = [uniform(-100, 100) for _ in range(200)] + [uniform(-1, 1) * 10 ** uniform(-20, 9) for _ in range(200)]
angles += [float(random.randrange(2**29) * pi / 2) for _ in range(100)]
angles += [*near_multiples_of_half_pi(), 5e-324, 1e-300, 0.7853981633974483, 2.0**30]
powers = []
while len(powers) < 1500:
    x = positive()
    p = float(uniform(-745, 709.7) / log(mpf(x))) if random.random() < 0.7 else uniform(-4, 4)
    if abs(p * log(mpf(x)) + 17.7) < 727.4:
        powers.append((x, p))
powers += [(x, p) for x in (0.5, 2.0, 3.0, 10.0, 1.5) for p in (-3.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0)]

FUNCTIONS = {
    "exp": (exp, exponents),
    "exp2": (lambda x: mpf(2) ** x, [x / 0.6931471805599453 for x in exponents]),
    "exp_m1": (expm1, exponents),
    "ln": (log, points),
    "ln_1p": (log1p, points + [uniform(-1, 1) * 10 ** uniform(-20, 0) for _ in range(300)]),
    "log2": (lambda x: log(x) / log(2), points),
    "log10": (lambda x: log(x) / log(10), points),
    "sin": (sin, angles),
    "cos": (cos, angles),
}


def row(name, x, p, exact):
    rounded = float(exact)
    return [name, repr(x), repr(p), repr(rounded), f"{float(exact - rounded):.2e}"]


with open(pathlib.Path(__file__).parent / "reference.csv", "w", newline="") as file:
    writer = csv.writer(file)
    for name, (function, inputs) in FUNCTIONS.items():
        writer.writerows(row(name, x, 0, function(mpf(x))) for x in inputs)
    writer.writerows(row("powf", x, p, exp(p * log(mpf(x)))) for x, p in powers)
