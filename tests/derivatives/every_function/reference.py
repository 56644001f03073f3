"""Writes reference.csv: first and second derivatives of every function, from formulas in 2,500-digit arithmetic.

    pip install mpmath && python3 tests/derivatives/every_function/reference.py > tests/derivatives/every_function/reference.csv

A row has the columns name, kind, a, b, f_a, f_b, f_aa, f_ab, f_bb. b and its derivatives are empty for functions of one
variable. The inputs are exact doubles. Those of kind "ordinary" are exact in single precision too, and all their
derivatives are of ordinary size. A value that overflows a double is inf, one that underflows is 0.
"""

import random
from mpmath import acos, asin, atan, cos, cosh, e, erfc, exp, floor, log, mp, mpf, pi, sin, sinh, sqrt, tan, tanh

mp.dps = 2500
random.seed(1)
half, two, three = mpf(1) / 2, mpf(2), mpf(3)
ln2, ln10 = log(two), log(mpf(10))


def cbrt(x):
    return x ** (1 / three) if x >= 0 else -((-x) ** (1 / three))


def sigmoid(x):
    return 1 / (1 + exp(-x))


def normal(x):
    """Returns the density and the distribution function of the normal distribution."""
    return exp(-x * x / 2) / sqrt(2 * pi), erfc(-x / sqrt(two)) / 2


def erf_derivative(x):
    return 2 / sqrt(pi) * exp(-x * x)


def silu(x):
    s = sigmoid(x)
    d = s * (1 - s)
    return s + x * d, 2 * d + x * d * (1 - 2 * s)


def gelu(x):
    density, distribution = normal(x)
    return distribution + x * density, density * (2 - x * x)


def sinc(x):
    u = pi * x
    if abs(u) < mpf(10) ** -100:
        return -u * pi / 3, -pi * pi / 3
    s, c = sin(u), cos(u)
    return pi * (c / u - s / u**2), pi * pi * (2 * s / u**3 - 2 * c / u**2 - s / u)


TINY = [1e-300, -1e-300, 1e-10, -1e-10]
LARGE = [20.0, -20.0, 40.0, -40.0, 300.0, -300.0, 709.0, -709.0, 800.0, -800.0, 1e10, -1e10, 1e300, -1e300]
NEAR_1 = [1 - 1e-10, 1e-10 - 1, 1 - 2.0**-53, 2.0**-53 - 1]
EVERYWHERE = [0.0, 1.0, -1.0] + TINY + LARGE
POSITIVE = [x for x in EVERYWHERE if x > 0]
NOT_0 = [x for x in EVERYWHERE if x != 0]
FROM_1 = [1 + 1e-10, 1 + 2.0**-52] + [x for x in POSITIVE if x > 1]
MODERATE = [x for x in EVERYWHERE if abs(x) < 900]  # beyond, exponentials overflow or underflow

# name: (f′ and f″, extreme points, range of ordinary points)
ONE = {
    "recip": (lambda x: (-1 / x**2, 2 / x**3), NOT_0, (0.3, 9)),
    "sqrt": (lambda x: (1 / (2 * sqrt(x)), -1 / (4 * x * sqrt(x))), POSITIVE, (0.3, 9)),
    "cbrt": (lambda x: (1 / (3 * cbrt(x) ** 2), -2 / (9 * cbrt(x) ** 5)), NOT_0, (0.3, 9)),
    "exp": (lambda x: (exp(x), exp(x)), MODERATE, (-3, 3)),
    "exp2": (lambda x: (two**x * ln2, two**x * ln2**2), MODERATE, (-3, 3)),
    "exp_m1": (lambda x: (exp(x), exp(x)), MODERATE, (-3, 3)),
    "ln": (lambda x: (1 / x, -1 / x**2), POSITIVE, (0.3, 9)),
    "log2": (lambda x: (1 / (x * ln2), -1 / (x**2 * ln2)), POSITIVE, (0.3, 9)),
    "log10": (lambda x: (1 / (x * ln10), -1 / (x**2 * ln10)), POSITIVE, (0.3, 9)),
    "ln_1p": (lambda x: (1 / (1 + x), -1 / (1 + x) ** 2), [x for x in EVERYWHERE + NEAR_1 if x > -1], (-0.7, 9)),
    "sin": (lambda x: (cos(x), -sin(x)), EVERYWHERE, (-9, 9)),
    "cos": (lambda x: (-sin(x), -cos(x)), EVERYWHERE, (-9, 9)),
    "tan": (lambda x: (1 + tan(x) ** 2, 2 * tan(x) * (1 + tan(x) ** 2)), EVERYWHERE, (-1, 1)),
    "asin": (lambda x: (1 / sqrt(1 - x * x), x / sqrt(1 - x * x) ** 3), [0.0] + TINY + NEAR_1, (-0.8, 0.8)),
    "acos": (lambda x: (-1 / sqrt(1 - x * x), -x / sqrt(1 - x * x) ** 3), [0.0] + TINY + NEAR_1, (-0.8, 0.8)),
    "atan": (lambda x: (1 / (1 + x * x), -2 * x / (1 + x * x) ** 2), EVERYWHERE, (-9, 9)),
    "sinh": (lambda x: (cosh(x), sinh(x)), MODERATE, (-3, 3)),
    "cosh": (lambda x: (sinh(x), cosh(x)), MODERATE, (-3, 3)),
    "tanh": (lambda x: (1 - tanh(x) ** 2, -2 * tanh(x) * (1 - tanh(x) ** 2)), EVERYWHERE, (-3, 3)),
    "asinh": (lambda x: (1 / sqrt(1 + x * x), -x / sqrt(1 + x * x) ** 3), EVERYWHERE, (-9, 9)),
    "acosh": (lambda x: (1 / sqrt(x * x - 1), -x / sqrt(x * x - 1) ** 3), FROM_1, (1.5, 9)),
    "atanh": (lambda x: (1 / (1 - x * x), 2 * x / (1 - x * x) ** 2), [0.0] + TINY + NEAR_1, (-0.7, 0.7)),
    "to_degrees": (lambda x: (180 / pi, 0), EVERYWHERE, (-9, 9)),
    "to_radians": (lambda x: (pi / 180, 0), EVERYWHERE, (-9, 9)),
    "abs": (lambda x: (1 if x > 0 else -1, 0), NOT_0, (-9, -0.3)),
    "signum": (lambda x: (0, 0), NOT_0, (-9, -0.3)),
    "floor": (lambda x: (0, 0), [x for x in TINY if x > 0], (1.1, 1.9)),
    "ceil": (lambda x: (0, 0), TINY, (1.1, 1.9)),
    "round": (lambda x: (0, 0), TINY + [0.0], (1.6, 2.4)),
    "trunc": (lambda x: (0, 0), TINY + [0.0], (1.1, 1.9)),
    "fract": (lambda x: (1, 0), TINY + [0.0], (1.1, 1.9)),
    "step": (lambda x: (0, 0), NOT_0, (-9, -0.3)),
    "sigmoid": (lambda x: (sigmoid(x) * (1 - sigmoid(x)), sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x))), MODERATE, (-9, 9)),
    "relu": (lambda x: (1 if x > 0 else 0, 0), NOT_0, (0.3, 9)),
    "elu": (lambda x: (1, 0) if x > 0 else (exp(x), exp(x)), [x for x in MODERATE if x != 0], (-9, -0.3)),
    "softplus": (lambda x: (sigmoid(x), sigmoid(x) * (1 - sigmoid(x))), MODERATE, (-9, 9)),
    "silu": (silu, MODERATE, (-9, 9)),
    "gelu": (gelu, [x for x in MODERATE if abs(x) < 50], (-9, 9)),
    "erf": (lambda x: (erf_derivative(x), -2 * x * erf_derivative(x)), [x for x in MODERATE if abs(x) < 50], (-3, 3)),
    "erfc": (lambda x: (-erf_derivative(x), 2 * x * erf_derivative(x)), [x for x in MODERATE if abs(x) < 50], (-3, 3)),
}
ONE["sinc"] = (sinc, [0.0, 0.25, 0.318, 0.319, 1.0, -1.0] + TINY + [40.0, -300.5], (-4, 4))
for n in (-3, -2, -1, 0, 1, 2, 3, 4, 17):
    ONE[f"powi {n}"] = (
        lambda x, n=n: (n * x ** (n - 1) if n else 0, n * (n - 1) * x ** (n - 2) if n * (n - 1) else 0),
        NOT_0 + ([1e-100, 1e100] if n < 0 else [0.0] if n > 2 else []),
        (0.5, 2),
    )


def powf(x, p):
    l, f = log(x), x**p
    return p * f / x, f * l, p * (p - 1) * f / x**2, f / x * (1 + p * l), f * l**2


def logarithm(x, b):
    l, m = log(x), log(b)
    return 1 / (x * m), -l / (b * m**2), -1 / (x**2 * m), -1 / (x * b * m**2), l * (m + 2) / (b**2 * m**3)


def hypot(a, b):
    h = sqrt(a * a + b * b)
    return a / h, b / h, b * b / h**3, -a * b / h**3, a * a / h**3


def atan2(y, x):
    s = x * x + y * y
    return x / s, -y / s, -2 * x * y / s**2, (y * y - x * x) / s**2, 2 * x * y / s**2


def remainder(a, b):
    q = a / b
    return 1, -(floor(q) if q >= 0 else -floor(-q)), 0, 0, 0


PAIRS = [(a, b) for a in (1e-300, 1e-100, -3.0, 2.0, -1e100, 1e300) for b in (-1e-200, 1e-10, 0.75, -5.0, 1e200)]
ABOVE_0 = [(a, b) for a, b in PAIRS if a > 0 and b > 0]

# name: (f_a, f_b, f_aa, f_ab, f_bb, extreme points, ranges of ordinary points)
TWO = {
    "powf": (powf, [(a, b) for a in (1e-300, 1e-10, 0.5, 2.0, 1e10, 1e300) for b in (-2.5, -1.0, 1e-10, 0.5, 1.0, 2.0, 3.25)], (0.5, 3), (-3, 3)),
    "log": (logarithm, [(a, b) for a in (1e-300, 0.5, 7.0, 1e300) for b in (1e-300, 0.5, 2.0, 1e300)], (0.5, 9), (1.5, 9)),
    "hypot": (hypot, PAIRS, (0.3, 9), (-9, -0.3)),
    "atan2": (atan2, PAIRS, (-9, 9), (0.5, 9)),
    "max": (lambda a, b: (1, 0, 0, 0, 0) if a > b else (0, 1, 0, 0, 0), PAIRS, (-9, -0.3), (0.3, 9)),
    "min": (lambda a, b: (1, 0, 0, 0, 0) if a < b else (0, 1, 0, 0, 0), PAIRS, (-9, -0.3), (0.3, 9)),
    "abs_sub": (lambda a, b: (1, -1, 0, 0, 0) if a > b else (0, 0, 0, 0, 0), PAIRS, (0.3, 9), (-9, -0.3)),
    "copysign": (lambda a, b: (1 if (a > 0) == (b > 0) else -1, 0, 0, 0, 0), PAIRS, (0.3, 9), (-9, -0.3)),
    "leaky_relu": (lambda a, b: (1, 0, 0, 0, 0) if a > 0 else (b, a, 0, 1, 0), [p for p in PAIRS if abs(p[1]) < 1], (-9, -0.3), (0, 0.5)),
    "xlogy": (lambda a, b: (log(b), a / b, 0, 1 / b, -a / b**2), ABOVE_0 + [(0.0, 2.0), (-3.0, 0.75)], (-9, 9), (0.5, 9)),
    "log_add_exp": (
        lambda a, b: (sigmoid(a - b), sigmoid(b - a), *(s * sigmoid(a - b) * sigmoid(b - a) for s in (1, -1, 1))),
        [(800.0, 801.0), (-800.0, 0.0), (1e4, 1e4), (0.0, 0.0), (3.0, -40.0)],
        (-9, 9),
        (-9, 9),
    ),
    "add": (lambda a, b: (1, 1, 0, 0, 0), PAIRS, (-9, 9), (-9, 9)),
    "sub": (lambda a, b: (1, -1, 0, 0, 0), PAIRS, (-9, 9), (-9, 9)),
    "mul": (lambda a, b: (b, a, 0, 1, 0), PAIRS, (-9, 9), (-9, 9)),
    "div": (lambda a, b: (1 / b, -a / b**2, 0, -1 / b**2, 2 * a / b**3), PAIRS, (-9, 9), (0.3, 9)),
    "rem": (remainder, [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (1.0, 2.0), (1e10, 3.0)], (7.1, 7.9), (-3.0, -2.9)),
}


def double(x):
    """Returns the text of the nearest double."""
    x = mpf(x)
    if abs(x) >= mpf(2) ** 1024:
        return "inf" if x > 0 else "-inf"
    return repr(float(x))


def ordinary(low, high):
    """Returns a random multiple of 2⁻¹⁶, which is exact in single precision."""
    return round(random.uniform(low, high) * 65536) / 65536


def row(name, kind, point, derivatives):
    b, rest = ("", derivatives) if len(point) == 1 else (repr(point[1]), derivatives)
    f_a, f_b, f_aa, f_ab, f_bb = (rest[0], "", rest[1], "", "") if len(point) == 1 else rest
    print(",".join([name, kind, repr(point[0]), b] + [x if x == "" else double(x) for x in (f_a, f_b, f_aa, f_ab, f_bb)]))


print("name,kind,a,b,f_a,f_b,f_aa,f_ab,f_bb")
for name, (derivatives, extreme, domain) in ONE.items():
    for x in [ordinary(*domain) for _ in range(12)]:
        row(name, "ordinary", (x,), derivatives(mpf(x)))
    for x in extreme:
        row(name, "extreme", (x,), derivatives(mpf(x)))
for name, (derivatives, extreme, domain_a, domain_b) in TWO.items():
    for a, b in [(ordinary(*domain_a), ordinary(*domain_b)) for _ in range(20)]:
        row(name, "ordinary", (a, b), derivatives(mpf(a), mpf(b)))
    for a, b in extreme:
        row(name, "extreme", (a, b), derivatives(mpf(a), mpf(b)))
