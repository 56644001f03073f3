"""Writes the tables of tests/derivatives/special_points.rs: the derivatives of every function and every composition g∘f at
special points.

    pip install mpmath gmpy2 && python3 tests/derivatives/special_points/reference.py

Everything is computed in 600-digit arithmetic from formulas for the first three derivatives, without the crate. At the
end of a domain or at a pole a derivative is the limit from inside, computed at two points very close to it.

A cell of the table is a list of permitted values separated by `|`. A letter in front says why it is not simply the
derivative:

    k   a kink: the chain rule with the documented derivative at the kink
    z   an intermediate derivative is infinite: the limit, and 0 where the rule "0 times anything is 0" gives it
    n   the derivative is infinite or overflows a double
    u   undefined: the value is NaN

`inf` and `-inf` mean that infinity for a first derivative, and any value that is not finite for a higher one. `nan` means
NaN. `~s` is the permitted error due to the rounding of f(x). A cell is empty if this rounding alone decides it, as for
tan(asin 1).

To add a function, add it to ONE or TWO below. The crate's rule table gives it to tests/derivatives/by_name.rs.
"""

import math
import sys
from mpmath import mp, mpf, acos, asin, atan, cbrt, cos, cosh, erf, erfc, exp, expm1, floor, log, pi, sin, sinh, sqrt, tan, tanh

mp.dps = 600
INF, NAN = math.inf, math.nan
zero, one, two = mpf(0), mpf(1), mpf(2)
LN2, LN10 = log(two), log(mpf(10))
STEPS = (mpf(10) ** -100, mpf(10) ** -140)  # the distances from a singular point at which limits are computed


# --- Functions of one variable: value and three derivatives at a regular point ---


def cube_root(x):
    return cbrt(x) if x >= 0 else -cbrt(-x)


def sigmoid(x):
    s, m = 1 / (1 + exp(-x)), 1 / (1 + exp(x))
    d = s * m
    return s, d, d * (m - s), d * (1 - 6 * d)


def silu(x):
    s, d, e, f = sigmoid(x)
    return x * s, s + x * d, 2 * d + x * e, 3 * e + x * f


def gelu(x):
    density, distribution = exp(-x * x / 2) / sqrt(2 * pi), erfc(-x / sqrt(two)) / 2
    return x * distribution, distribution + x * density, density * (2 - x * x), density * (x**3 - 4 * x)


def erf_derivatives(x, sign):
    """Returns the derivatives of erf, or of erfc for a sign of −1."""
    b = sign * 2 / sqrt(pi) * exp(-x * x)
    return b, -2 * x * b, (4 * x * x - 2) * b


def tangent(x):
    t = tan(x)
    s = 1 + t * t
    return t, s, 2 * t * s, 2 * s * (1 + 3 * t * t)


def hyperbolic_tangent(x):
    t, s = tanh(x), 1 / cosh(x) ** 2
    return t, s, -2 * t * s, s * (4 * t * t - 2 * s)


def asin_derivatives(x):
    r = sqrt(1 - x * x)
    return 1 / r, x / r**3, (1 + 2 * x * x) / r**5


def power(p):
    """Returns the jet of xᵖ for an exact p, from falling factorials."""
    p = mpf(p)

    def jet(x):
        out, c = [], one
        for k in range(4):
            out.append(zero if c == 0 else c * x ** (int(p - k) if p == int(p) else p - k))
            c *= p - k
        return tuple(out)

    return jet


def sinc(x):
    """Returns the jet of sin(πx)/(πx). Near 0 it is the series, because the formulas for the derivatives cancel."""
    u = pi * x
    if abs(u) < mpf(10) ** -20:
        jet = one - u * u / 6, -u / 3 + u**3 / 30, -one / 3 + u * u / 10, u / 5 - u**3 / 42
    else:
        s, c = (zero, mpf(1 - 2 * (int(x) % 2))) if x == int(x) else (sin(u), cos(u))
        jet = s / u, c / u - s / u**2, -s / u - 2 * c / u**2 + 2 * s / u**3, -c / u + 3 * s / u**2 + 6 * c / u**3 - 6 * s / u**4
    return tuple(d * pi**k for k, d in enumerate(jet))


def logarithm(scale, shift=0):
    return lambda x: (log(x + shift) / scale, 1 / ((x + shift) * scale), -1 / ((x + shift) ** 2 * scale), 2 / ((x + shift) ** 3 * scale))


def linear(c):
    return lambda x: (c * x, c, zero, zero)


def step_function(f):
    return lambda x: (mpf(f(x)), zero, zero, zero)


def truncated(x):
    return floor(x) if x >= 0 else -floor(-x)


def rounded(x):
    return floor(x + mpf("0.5")) if x >= 0 else -floor(-x + mpf("0.5"))


def whole(x):
    return x == floor(x)


ZERO = lambda x: x == 0
NEVER = lambda x: False
ALWAYS = lambda x: True
BELOW0 = lambda x: x >= 0


class Function:
    """A function of one variable: its value and three derivatives, its "jet".

    jet: computes the jet at regular points. infinite: the jets at −∞ and ∞. singular: returns true at a pole or an end of
    the domain; end: the value there. kink: returns true where derivatives are conventions; kink_jet: the jet there.
    inside: returns true in the domain. odd: f(−0) = −0. always: the jet at every point, also NaN.
    """

    def __init__(self, jet, infinite, singular=NEVER, kink=NEVER, kink_jet=None, inside=ALWAYS, odd=False, end=None, always=None):
        self.jet, self.infinite, self.singular, self.kink, self.kink_jet = jet, infinite, singular, kink, kink_jet
        self.inside, self.odd, self.end, self.always = inside, odd, end, always


def at_infinity(n):
    """Returns the jets of xⁿ at −∞ and ∞."""

    def jet(sign):
        out, c = [], 1.0
        for k in range(4):
            e = n - k
            out.append(0.0 if c == 0 else c if e == 0 else 0.0 if e < 0 else c * (INF if sign > 0 or e % 2 == 0 else -INF))
            c *= e
        return out

    return jet(-1), jet(1)


NONE = [NAN] * 4
HALF_PI = pi / 2
ALL_INFINITE = [INF] * 4
INFINITE_AND_FLAT = [INF, 0.0, 0.0, 0.0]


def asymptote(c, d=0.0):
    """Returns the jet of a value c and a constant derivative d."""
    return [c, d, 0.0, 0.0]


def powi(n):
    sign = lambda x: (INF if n % 2 == 0 or math.copysign(1, x) > 0 else -INF)
    return Function(power(n), at_infinity(n), singular=ZERO if n < 0 else NEVER, odd=n % 2 == 1, end=lambda x: sign(x))


# name: function. The names are those of the crate's methods. "powi n" and "powf p" have a constant exponent.
ONE = {
    "recip": powi(-1),
    "sqrt": Function(power(0.5), (NONE, INFINITE_AND_FLAT), ZERO, inside=BELOW0, odd=True, end=lambda x: x),
    "cbrt": Function(lambda x: (cube_root(x), 1 / (3 * cube_root(x) ** 2), -2 / (9 * cube_root(x) ** 5), 10 / (27 * cube_root(x) ** 8)), ([-INF, 0.0, 0.0, 0.0], INFINITE_AND_FLAT), ZERO, odd=True, end=lambda x: x),
    "exp": Function(lambda x: (exp(x),) * 4, (asymptote(0.0), ALL_INFINITE)),
    "exp2": Function(lambda x: tuple(two**x * LN2**k for k in range(4)), (asymptote(0.0), ALL_INFINITE)),
    "exp_m1": Function(lambda x: (expm1(x),) + (exp(x),) * 3, (asymptote(-1.0), ALL_INFINITE), odd=True),
    "ln": Function(logarithm(one), (NONE, INFINITE_AND_FLAT), ZERO, inside=BELOW0, end=lambda x: -INF),
    "log2": Function(logarithm(LN2), (NONE, INFINITE_AND_FLAT), ZERO, inside=BELOW0, end=lambda x: -INF),
    "log10": Function(logarithm(LN10), (NONE, INFINITE_AND_FLAT), ZERO, inside=BELOW0, end=lambda x: -INF),
    "ln_1p": Function(logarithm(one, 1), (NONE, INFINITE_AND_FLAT), lambda x: x == -1, inside=lambda x: x >= -1, odd=True, end=lambda x: -INF),
    "sin": Function(lambda x: (sin(x), cos(x), -sin(x), -cos(x)), (NONE, NONE), odd=True),
    "cos": Function(lambda x: (cos(x), -sin(x), -cos(x), sin(x)), (NONE, NONE)),
    "tan": Function(tangent, (NONE, NONE), odd=True),
    "asin": Function(lambda x: (asin(x),) + asin_derivatives(x), (NONE, NONE), lambda x: abs(x) == 1, inside=lambda x: abs(x) <= 1, odd=True, end=lambda x: x * HALF_PI),
    "acos": Function(lambda x: (acos(x),) + tuple(-d for d in asin_derivatives(x)), (NONE, NONE), lambda x: abs(x) == 1, inside=lambda x: abs(x) <= 1, end=lambda x: 0.0 if x > 0 else +pi),
    "atan": Function(lambda x: (atan(x), 1 / (1 + x * x), -2 * x / (1 + x * x) ** 2, (6 * x * x - 2) / (1 + x * x) ** 3), (asymptote(-HALF_PI), asymptote(HALF_PI)), odd=True),
    "sinh": Function(lambda x: (sinh(x), cosh(x), sinh(x), cosh(x)), ([-INF, INF, -INF, INF], ALL_INFINITE), odd=True),
    "cosh": Function(lambda x: (cosh(x), sinh(x), cosh(x), sinh(x)), ([INF, -INF, INF, -INF], ALL_INFINITE)),
    "tanh": Function(hyperbolic_tangent, (asymptote(-1.0), asymptote(1.0)), odd=True),
    "asinh": Function(lambda x: (mp.asinh(x), 1 / sqrt(1 + x * x), -x / sqrt(1 + x * x) ** 3, (2 * x * x - 1) / sqrt(1 + x * x) ** 5), ([-INF, 0.0, 0.0, 0.0], INFINITE_AND_FLAT), odd=True),
    "acosh": Function(lambda x: (mp.acosh(x), 1 / sqrt(x * x - 1), -x / sqrt(x * x - 1) ** 3, (2 * x * x + 1) / sqrt(x * x - 1) ** 5), (NONE, INFINITE_AND_FLAT), lambda x: x == 1, inside=lambda x: x >= 1, end=lambda x: 0.0),
    "atanh": Function(lambda x: (mp.atanh(x), 1 / (1 - x * x), 2 * x / (1 - x * x) ** 2, (2 + 6 * x * x) / (1 - x * x) ** 3), (NONE, NONE), lambda x: abs(x) == 1, inside=lambda x: abs(x) <= 1, odd=True, end=lambda x: x * INF),
    "to_degrees": Function(linear(180 / pi), (asymptote(-INF, 180 / pi), asymptote(INF, 180 / pi)), odd=True),
    "to_radians": Function(linear(pi / 180), (asymptote(-INF, pi / 180), asymptote(INF, pi / 180)), odd=True),
    "abs": Function(lambda x: (abs(x), one if x > 0 else -one, zero, zero), (asymptote(INF, -1.0), asymptote(INF, 1.0)), kink=ZERO, kink_jet=lambda x: asymptote(0.0)),
    "signum": Function(lambda x: (one if x > 0 else -one, zero, zero, zero), (asymptote(-1.0), asymptote(1.0)), kink=ZERO, kink_jet=lambda x: asymptote(math.copysign(1.0, x))),
    "floor": Function(step_function(floor), (asymptote(-INF), asymptote(INF)), kink=whole, kink_jet=lambda x: asymptote(x), odd=True),
    "ceil": Function(step_function(lambda x: -floor(-x)), (asymptote(-INF), asymptote(INF)), kink=whole, kink_jet=lambda x: asymptote(x), odd=True),
    "round": Function(step_function(rounded), (asymptote(-INF), asymptote(INF)), kink=lambda x: not whole(x) and whole(2 * x), kink_jet=lambda x: asymptote(rounded(x)), odd=True),
    "trunc": Function(step_function(truncated), (asymptote(-INF), asymptote(INF)), kink=lambda x: x != 0 and whole(x), kink_jet=lambda x: asymptote(x), odd=True),
    "fract": Function(lambda x: (x - truncated(x), one, zero, zero), (NONE, NONE), kink=lambda x: x != 0 and whole(x), kink_jet=lambda x: asymptote(0.0, 1.0)),
    "step": Function(lambda x: (one if x > 0 else zero, zero, zero, zero), (asymptote(0.0), asymptote(1.0)), kink=ZERO, kink_jet=lambda x: asymptote(1.0)),
    "sigmoid": Function(sigmoid, (asymptote(0.0), asymptote(1.0))),
    "relu": Function(lambda x: (x, one, zero, zero) if x > 0 else (zero,) * 4, (asymptote(0.0), asymptote(INF, 1.0)), kink=ZERO, kink_jet=lambda x: asymptote(0.0)),
    # The second derivatives at 0 differ on the two sides. The convention is the left one, as for relu.
    "elu": Function(lambda x: (x, one, zero, zero) if x > 0 else (expm1(x),) + (exp(x),) * 3, (asymptote(-1.0), asymptote(INF, 1.0)), kink=ZERO, kink_jet=lambda x: [x, 1.0, 1.0, 1.0], odd=True),
    "softplus": Function(lambda x: ((x if x > 0 else zero) + log(1 + exp(-abs(x))),) + sigmoid(x)[:3], (asymptote(0.0), asymptote(INF, 1.0))),
    "silu": Function(silu, (asymptote(-0.0), asymptote(INF, 1.0)), odd=True),
    "gelu": Function(gelu, (asymptote(-0.0), asymptote(INF, 1.0)), odd=True),
    "erf": Function(lambda x: (erf(x),) + erf_derivatives(x, 1), (asymptote(-1.0), asymptote(1.0)), odd=True),
    "erfc": Function(lambda x: (erfc(x),) + erf_derivatives(x, -1), (asymptote(2.0), asymptote(0.0))),
    "sinc": Function(sinc, (asymptote(0.0), asymptote(0.0))),
    "powi 0": Function(power(0), at_infinity(0), always=asymptote(1.0)),  # also of NaN
    "powi 1": powi(1),
    "powi 2": powi(2),
    "powi 3": powi(3),
    "powi -1": powi(-1),
    "powi -2": powi(-2),
    "powf 0": Function(power(0), at_infinity(0), always=asymptote(1.0)),
    "powf 0.5": Function(power(0.5), (NONE, INFINITE_AND_FLAT), ZERO, inside=BELOW0, end=lambda x: 0.0),
    "powf 1.5": Function(power(1.5), (NONE, [INF, INF, 0.0, 0.0]), ZERO, inside=BELOW0, end=lambda x: 0.0),
    "powf 2": powi(2),
    "leaky_relu 0.01": Function(lambda x: (x, one, zero, zero) if x > 0 else (mpf(0.01) * x, mpf(0.01), zero, zero), (asymptote(-INF, mpf(0.01)), asymptote(INF, 1.0)), kink=ZERO, kink_jet=lambda x: asymptote(x, mpf(0.01)), odd=True),
    "identity": Function(linear(one), (asymptote(-INF, 1.0), asymptote(INF, 1.0)), odd=True),
}
FRACTIONAL = {"powf 0.5", "powf 1.5"}  # IEEE 754 has pow(−∞, ½) = ∞, where calculus has no value
# Compositions of these functions add nothing.
NOT_IN_PAIRS = {"powi 1", "powi -1", "powf 2", "powf 0", "identity"}


def is_nan(x):
    return x != x


def finite(x):
    return not is_nan(x) and abs(x) != INF


def double(x):
    """Returns the double nearest to x."""
    if isinstance(x, float):
        return x
    if abs(x) >= mpf(2) ** 1024 - mpf(2) ** 970:
        return math.copysign(INF, mp.sign(x))
    return float(x)


def kind(f, x):
    if is_nan(x) or (finite(x) and not f.inside(x)):
        return "out"
    if not finite(x):
        return "infinite"
    return "singular" if f.singular(x) else "kink" if f.kink(x) else "regular"


def limit(values):
    """Returns the limit that two values approximate, the second more closely."""
    a, b = values
    if is_nan(a) or is_nan(b):
        return NAN
    if not finite(b):
        return b
    a, b = mpf(a), mpf(b)
    if abs(a - b) <= mpf(10) ** -14 * abs(b):
        return b
    if abs(a) < mpf(10) ** -30 and abs(b) < mpf(10) ** -30:
        return zero
    if abs(b) > mpf(10) ** 15 and abs(b) > 10 * abs(a):
        return math.copysign(INF, mp.sign(b))
    if abs(b) < mpf(10) ** -15 and abs(b) * 10 <= abs(a):
        return zero
    slow_limits.append((a, b))
    return math.copysign(INF, mp.sign(b)) if abs(b) > abs(a) else zero


slow_limits = []


def point(f, x):
    """Returns the jet of f at x by the conventions. x is exact, or ±0, ±∞ or NaN."""
    if f.always is not None:
        return list(f.always)
    which = kind(f, x)
    if which == "out":
        return NONE
    if which == "infinite":
        return list(f.infinite[0 if x < 0 else 1])
    if which == "kink":
        return list(f.kink_jet(x))
    if which == "singular":
        value = f.end(x)
        sides = [side for side in sides_of(x) if f.inside(mpf(x) + side * STEPS[0])]
        jets = [f.jet(mpf(x) + sides[0] * h) for h in STEPS]
        return [value] + [limit([jet[k] for jet in jets]) for k in (1, 2, 3)]
    jet = list(f.jet(mpf(x)))
    if jet[0] == 0:
        jet[0] = math.copysign(0.0, x) if f.odd and x == 0 else 0.0
        if x < 0 and f in (ONE["trunc"], ONE["round"], ONE["ceil"]):
            jet[0] = -0.0
    return jet


def sides_of(x):
    """Returns the sides from which limits are computed. The first is that of the sign of a zero."""
    return (-1, 1) if x == 0 and math.copysign(1, x) < 0 else (1, -1)


def strong_product(*factors):
    """Returns the product, in which 0 is a strong zero."""
    if any(f == 0 for f in factors):
        return zero
    product = factors[0]
    for f in factors[1:]:
        product = product * f
    return product


def terms(outer, inner, k):
    """Returns the terms of the k-th derivative of a composition, by the chain rule."""
    g, f = outer, inner
    if k == 1:
        return [strong_product(g[1], f[1])]
    if k == 2:
        return [strong_product(g[2], f[1], f[1]), strong_product(g[1], f[2])]
    return [strong_product(g[3], f[1], f[1], f[1]), strong_product(3, g[2], f[1], f[2]), strong_product(g[1], f[3])]


def total(values):
    s = zero
    for x in values:
        s = s + x
    return s


def underflow_matters(outer, inner, k):
    """Returns true if an intermediate derivative underflows a double and changes the result."""
    tiny = lambda jet: [zero if 0 < abs(d) < mpf(10) ** -290 else d for d in jet]
    difference = total(terms(outer, inner, k)) - total(terms(tiny(outer), tiny(inner), k))
    return abs(difference) > mpf(10) ** -16


def double_if_exact(x):
    """Returns the nearest double if x differs from it only by the rounding of 600 digits, and x otherwise."""
    if isinstance(x, float):
        return x
    d = double(x)
    return d if finite(d) and abs(mpf(d) - x) <= abs(x) * mpf(10) ** -400 else x


def text(x):
    """Returns the text of the nearest double."""
    if is_nan(x):
        return "nan"
    d = double(x)
    if d == INF:
        return "inf"
    if d == -INF:
        return "-inf"
    s = repr(d)
    return s[:-2] if s.endswith(".0") else s


def neighbours(u):
    """Returns the nearest double and those on both sides of it."""
    d = double(u)
    if not finite(d):
        return [d]
    return [d, math.nextafter(d, INF), math.nextafter(d, -INF)]


def cell(letter, permitted, spread=None):
    """Returns a cell with the permitted values, or an empty one if the spread is too large for a comparison."""
    texts = []
    for x in permitted:
        if text(x) not in texts:
            texts.append(text(x))
    s = "|".join(texts)
    if spread is not None and texts and finite(double(permitted[0])):
        tolerance = 8 * spread
        if tolerance > max(mpf(10) ** -12 * abs(permitted[0]), mpf(10) ** -15):
            if tolerance > max(abs(permitted[0]), 1) * mpf(10) ** -5:
                return ""
            s += "~%.1e" % float(tolerance)
    return (letter + ":" if letter else "") + s


def cells_of_function(name, x):
    """Returns the cells of a function at x."""
    f = ONE[name]
    jet = point(f, x)
    which = kind(f, x)
    if is_nan(jet[0]):
        higher = "u:nan" if finite(x) else "u:nan|0"  # a factor 1/x is 0 there
        return ["nan", "u:nan", higher, higher]
    cells = [text(jet[0])]
    for k in (1, 2, 3):
        if not finite(double(jet[k])):
            cells.append(cell("n", [jet[k]]))
        else:
            cells.append(cell("k" if which == "kink" else "", [jet[k]]))
    return cells


inner_cache = {}


def jets_around(f, x):
    """Returns the jets of f on both sides of x, at both distances. None stands for a side outside the domain."""
    if (f, text(x) + ("-" if math.copysign(1, x) < 0 else "")) not in inner_cache:
        found = {}
        for side in sides_of(x):
            points = [mpf(x) + side * h for h in STEPS]
            found[side] = None if not f.inside(points[0]) else [f.jet(p) for p in points]
        inner_cache[(f, text(x) + ("-" if math.copysign(1, x) < 0 else ""))] = found
    return inner_cache[(f, text(x) + ("-" if math.copysign(1, x) < 0 else ""))]


def one_sided(f, g, x, k):
    """Returns the limits of the k-th derivative of g∘f at x from the sides on which it is defined."""
    found = []
    for side, jets in jets_around(f, x).items():
        if jets is None:
            continue
        values = []
        for inner in jets:
            u = inner[0]
            if not g.inside(u) or is_nan(u):
                break
            outer = g.jet(u) if not (g.singular(u) or g.kink(u)) else point(g, double(u))
            values.append(total(terms(outer, inner, k)))
        if len(values) == 2:
            found.append(limit(values))
    return found


finite_but_not_the_limit = []


def cells_of_composition(outer_name, inner_name, x):
    """Returns the cells of g(f(x)), or None if rounding alone decides them."""
    f, g = ONE[inner_name], ONE[outer_name]
    inner = point(f, x)
    u = double_if_exact(inner[0])
    if u == -INF and outer_name in FRACTIONAL:
        return None
    rounded_u = double(u)
    exact = isinstance(u, float)
    outer = point(g, u)
    if is_nan(outer[0]) and not exact and finite(u) and not is_nan(point(g, rounded_u)[0]):
        return None
    overflow = not finite(rounded_u) and finite(u)
    underflow = not exact and rounded_u == 0
    in_doubles = point(g, rounded_u)
    alternatives = [] if exact or overflow else [point(g, v) for v in neighbours(u)]
    undefined = is_nan(outer[0])
    if undefined:
        if exact or all(is_nan(a[0]) for a in alternatives):
            cells = ["nan"]
            zero_factor = double(inner[1]) == 0 or double(outer[1]) == 0
            is_step = outer_name in ("floor", "ceil", "round", "trunc", "signum", "step", "powi 0")
            for k in (1, 2, 3):
                cells.append("u:nan|inf|-inf" + ("|0" if zero_factor or is_step or k > 1 else ""))
            return cells
        return None
    # The cell of the value
    value = outer[0]
    if overflow or underflow:
        value_cell = text(value) if text(value) == text(in_doubles[0]) else ""
    elif exact:
        value_cell = text(value)
    else:
        values = [a[0] for a in alternatives]
        if any(not finite(double(v)) for v in values) or not finite(double(value)):
            value_cell = text(value) if all(text(v) == text(value) for v in values) else ""
        else:
            value_cell = cell("", [value], max(abs(mpf(v) - mpf(value)) for v in values))
    cells = [value_cell]
    kinked = kind(f, x) == "kink" or (exact and kind(g, u) == "kink")
    if not exact and not overflow:
        for v in neighbours(u):  # rounding decides if there is a kink
            if kind(g, v) == "kink" and kind(g, u) != "kink" and not underflow:
                return [value_cell, "", "", ""]
    for k in (1, 2, 3):
        parts = [double(d) for d in inner[1 : k + 1] + outer[1 : k + 1] + in_doubles[1 : k + 1]]
        if all(finite(p) for p in parts) and finite(rounded_u) and finite(double(inner[0])):
            summands = terms(outer, inner, k)
            expected = total(summands)
            if not finite(double(expected)):
                cells.append(cell("n", [expected]))
                continue
            spread = total(abs(t) for t in summands) * mpf(2) ** -52
            changes = [zero]
            for other in alternatives:
                if is_nan(other[0]) or not all(finite(d) for d in other[1 : k + 1]):
                    changes = None
                    break
                changes.append(abs(total(terms(other, inner, k)) - expected))
            if changes is None:
                cells.append("")
                continue
            if underflow_matters(outer, inner, k):
                cells.append("")
                continue
            if outer_name == "tanh":  # 1 − tanh² has an absolute error of an epsilon
                spread += total(abs(t) for t in terms([1] * 4, inner, k)) * mpf(2) ** -53
            cells.append(cell("k" if kinked else "", [expected], spread + max(changes)))
            continue
        # An intermediate derivative is infinite.
        if not exact and not overflow and not underflow:
            # Rounding moves f(x) away from the pole, or intermediate values overflow a double.
            others = [total(terms([double(d) if d else d for d in o], inner, k)) for o in alternatives]
            truth = total(terms(outer, inner, k))
            if finite(double(truth)):
                changes = [abs(o - truth) for o in others if finite(o)]
                cells.append("" if not changes or max(changes) > abs(truth) * mpf(10) ** -9 else cell("z", [truth, NAN, INF, zero]))
            else:
                cells.append(cell("n", [truth]) if all(not finite(double(o)) for o in others) else "")
            continue
        singular = not finite(inner[0]) or kind(f, x) == "singular" or (exact and kind(g, u) == "singular")
        truths = one_sided(f, g, x, k) if singular else [total(terms(outer, inner, k))]
        if singular and not finite(inner[0]):
            truths = truths[:1]  # the side of the sign of the zero
        truths = [t for t in truths if not is_nan(t)]
        rounded_inner = [double(d) for d in inner]
        strong = total(terms([double(d) for d in in_doubles], rounded_inner, k))
        strong = mpf(strong) if finite(double(strong)) else NAN
        permitted = list(truths)
        if finite(strong):
            permitted.append(strong)
            if strong != 0 and all(abs(t - strong) > abs(strong) * 1e-10 for t in truths):
                finite_but_not_the_limit.append((outer_name, inner_name, x, k, strong, [text(t) for t in truths]))
        if k > 1 or not finite(strong):
            permitted += [INF]
            if is_nan(in_doubles[0]):
                permitted += [NAN]
            if k == 1 and (kinked or any(finite(t) for t in truths)):
                permitted += [-INF]  # the sign of the infinity is not defined
        if not permitted:
            permitted = [NAN, INF]
        letter = "n" if all(not finite(double(t)) for t in truths) and not finite(strong) else "z"
        cells.append(cell(letter, permitted))
    return cells


POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 800.0, -800.0]
SINGLE_POINTS = POINTS + [5e-310, -5e-310, 1.5, -1.5, 3.0, -3.0, INF, -INF, 1e10, -1e10, 40.0, -40.0]


def text_with_sign(x):
    """Returns the text of x, with the sign of a zero."""
    return "-0" if x == 0 and math.copysign(1, x) < 0 else text(x)


def write_one(path):
    with open(path, "w") as out:
        out.write("outer,inner,x,value,first,second,third\n")
        for name in ONE:
            for x in SINGLE_POINTS:
                if x == -INF and name in FRACTIONAL:
                    continue
                out.write(",".join([name, "", text_with_sign(x)] + cells_of_function(name, x)) + "\n")
        names = [name for name in ONE if name not in NOT_IN_PAIRS]
        for outer in names:
            for inner in names:
                undefined = 0
                last = None
                for x in POINTS:
                    cells = cells_of_composition(outer, inner, x)
                    if cells is None or not any(cells):
                        continue
                    if cells[0] == "nan":
                        undefined += 1
                        if undefined > 1:
                            continue
                    if x == 0 and math.copysign(1, x) < 0 and cells == last:
                        continue  # equal to the row at 0
                    last = cells
                    out.write(",".join([outer, inner, text_with_sign(x)] + cells) + "\n")


# --- Functions of two variables ---
#
# The derivatives along a line through (a, b) come from jets [f, f′, f″, f‴], built from the functions of one variable.


def chain(g, f):
    """Returns the jet of g(f), from that of g at f."""
    return [g[0]] + [total(terms(g, f, k)) for k in (1, 2, 3)]


def apply(name, f):
    return chain(ONE[name].jet(f[0]), f)


def plus(f, g):
    return [a + b for a, b in zip(f, g)]


def scaled(c, f):
    return [c * a for a in f]


def product(f, g):
    return [f[0] * g[0], f[1] * g[0] + f[0] * g[1], f[2] * g[0] + 2 * f[1] * g[1] + f[0] * g[2], f[3] * g[0] + 3 * f[2] * g[1] + 3 * f[1] * g[2] + f[0] * g[3]]


def constant(c):
    return [mpf(c), zero, zero, zero]


def quotient(f, g):
    return product(f, apply("recip", g))


def variable_power(x, p):
    if p[1] == 0 and p[0] == floor(p[0]) and x[0] != 0:
        return chain(power(p[0])(x[0]), x)
    return apply("exp", product(p, apply("ln", x)))


def angle(y, x):
    if abs(x[0]) >= abs(y[0]):
        return plus(apply("atan", quotient(y, x)), constant(0 if x[0] > 0 else pi if y[0] >= 0 else -pi))
    return plus(scaled(-1, apply("atan", quotient(x, y))), constant(pi / 2 if y[0] > 0 else -pi / 2))


def select(condition, f, g):
    return list(f) if condition else list(g)


def log_add_exp(a, b):
    d = plus(b, scaled(-1, a))
    return plus(a, apply("softplus", d))


ZEROS = [zero] * 4

# name: (jet along a line, predicate of regular points). For other points see `conventions`.
TWO = {
    "powf": (variable_power, lambda a, b: a > 0),
    "log": (lambda a, b: quotient(apply("ln", a), apply("ln", b)), lambda a, b: a > 0 and b > 0 and b != 1),
    "hypot": (lambda a, b: apply("sqrt", plus(product(a, a), product(b, b))), lambda a, b: a != 0 or b != 0),
    "atan2": (angle, lambda a, b: a != 0 or b != 0),
    "max": (lambda a, b: select(a[0] > b[0], a, b), lambda a, b: a != b),
    "min": (lambda a, b: select(a[0] < b[0], a, b), lambda a, b: a != b),
    "abs_sub": (lambda a, b: select(a[0] > b[0], plus(a, scaled(-1, b)), ZEROS), lambda a, b: a != b),
    "copysign": (lambda a, s: scaled((1 if a[0] > 0 else -1) * (1 if s[0] > 0 or (s[0] == 0 and SIGN[0] > 0) else -1), a), lambda a, b: a != 0),
    "leaky_relu": (lambda a, s: select(a[0] > 0, a, product(a, s)), lambda a, b: a != 0),
    "add": (plus, lambda a, b: True),
    "sub": (lambda a, b: plus(a, scaled(-1, b)), lambda a, b: True),
    "mul": (product, lambda a, b: True),
    "div": (quotient, lambda a, b: b != 0),
    "rem": (lambda a, b: plus(a, scaled(-truncated(a[0] / b[0]), b)), lambda a, b: b != 0 and (a == 0 or not whole(mpf(a) / mpf(b))) and abs(a / b if b else 0) < 1e15),
    "log_add_exp": (log_add_exp, lambda a, b: True),
    "xlogy": (lambda a, b: product(a, apply("ln", b)), lambda a, b: b > 0),
}
SIGN = [1]

FIRST, SECOND = ("a", "b"), ("aa", "ab", "bb")
KEYS = FIRST + SECOND + ("aaa", "bbb", "d1", "d2", "d3")  # d: along (1, 1)
FREE = "z:0|nan|inf|-inf"  # there is no limit: 0, NaN or an infinity


def infinite(sign=0):
    return "n:inf" if sign > 0 else "n:-inf" if sign < 0 else "n:inf|-inf"


def conventions(name, a, b):
    """Returns the value and the cells at a point where the function is not smooth, or None to skip the point."""
    c = dict.fromkeys(KEYS, "")
    nothing = "u:nan"
    if name == "powf":
        if a < 0:
            if not whole(b):
                return "nan", dict.fromkeys(KEYS, nothing)
            jet = [mpf(a) ** int(b)] + list(power(int(b))(mpf(a)))[1:]
            for key, d in zip(("a", "aa", "aaa"), jet[1:]):
                c[key] = cell("n" if not finite(double(d)) else "", [d])
            for key in ("b", "ab", "bb", "bbb", "d1", "d2", "d3"):
                c[key] = nothing + "|inf|-inf" + ("|0" if b == 0 or double(jet[0]) == 0 else "")
            if b == 0:
                c["ab"] += "|" + text(1 / mpf(a))  # ∂(p·xᵖ⁻¹)/∂p, where 0 times NaN is 0
            return text(jet[0]), c
        odd = whole(b) and int(b) % 2 == 1 and math.copysign(1, a) < 0
        if b == 0:
            c.update(dict.fromkeys(("a", "b", "aa", "aaa"), "k:0"))
            c.update(dict.fromkeys(("ab", "bb", "bbb", "d1", "d2", "d3"), FREE))
            return "1", c
        if b > 0:
            falling = one
            for k, key in enumerate(("a", "aa", "aaa")):
                falling *= mpf(b) - k
                e = mpf(b) - k - 1
                c[key] = "0" if falling == 0 or e > 0 else text(falling) if e == 0 else infinite(mp.sign(falling))
                if e < 0 and falling != 0 and odd and k == 0:
                    c[key] = infinite()
            c["b"] = "0"
            c["bb"] = c["bbb"] = "z:0|inf"
            c["ab"] = "z:0|inf" if b > 1 else infinite()
            c["d1"] = c["a"]
            c["d2"] = infinite() if b <= 1 else "z:" + text(mpf(2 if b == 2 else 0)) + "|inf" if b >= 2 else ""
            c["d3"] = infinite() if b <= 2 else "z:0|inf"
            return "0", c
        c.update({"a": infinite() if math.copysign(1, a) < 0 else infinite(-1), "b": infinite() if odd else infinite(-1)})
        for key in ("aa", "ab", "bb", "aaa", "bbb", "d2", "d3"):
            c[key] = infinite()
        return "-inf" if odd else "inf", c
    if name == "log":
        if a < 0 or b < 0 or (a == b and a in (0, 1)):
            c = dict.fromkeys(KEYS, nothing + "|inf|-inf|0" if a >= 0 and b >= 0 else nothing + "|0" if b == 0 else nothing)
            c.update(dict.fromkeys(FIRST, nothing + "|inf|-inf" if a >= 0 and b >= 0 else nothing))
            return "nan", c
        if b == 1:
            c = dict.fromkeys(KEYS, infinite())
            s = 1 if a > 1 else -1
            c.update({"a": infinite(1), "b": infinite(-s), "d1": ""})
            if a == 0:
                c["b"] = infinite()
            return "inf" if s > 0 else "-inf", c
        if b == 0:
            c = dict.fromkeys(KEYS, "")
            c.update({"a": "0", "aa": "0", "aaa": "0"})
            c["b"] = "z:0|nan" if a == 1 else "n:nan|inf|-inf"
            c["ab"] = c["bb"] = c["bbb"] = FREE  # 1/ln² b is 0 and 1/b infinite
            return "0", c
        s = 1 if b > 1 else -1
        c = dict.fromkeys(KEYS, infinite())
        c.update({"a": infinite(s), "b": infinite(1), "d1": "", "d2": "", "d3": ""})
        return text(-s * INF), c
    if name in ("hypot", "atan2"):
        c.update(dict.fromkeys(FIRST, "k:0"))
        c.update(dict.fromkeys(SECOND + ("aaa", "bbb"), FREE))
        value = "0" if name == "hypot" else text(math.atan2(a, b) if math.copysign(1, b) > 0 else math.copysign(1, a) * pi)
        return value, c
    if name in ("max", "min"):
        c = dict.fromkeys(KEYS, "k:0")
        c.update({"a": "k:0.5", "b": "k:0.5", "d1": "k:1"})
        return text(a), c
    if name in ("abs_sub", "copysign"):
        return "0", dict.fromkeys(KEYS, "k:0")
    if name == "leaky_relu":
        c = dict.fromkeys(KEYS, "k:0")
        c.update({"a": "k:" + text(b), "ab": "k:1", "d1": "k:" + text(b), "d2": "k:2"})
        return "0", c
    if name == "div":
        s = math.copysign(1, b)
        if a == 0:
            return "nan", dict.fromkeys(KEYS, "u:nan|inf|-inf|0")
        c = dict.fromkeys(KEYS, infinite())
        c.update({"a": infinite(s), "b": infinite(-mp.sign(a)), "aa": FREE, "aaa": FREE, "d1": ""})
        return text(s * mp.sign(a) * INF), c
    if name == "xlogy":
        if a == 0:
            return ("0", dict.fromkeys(KEYS, FREE)) if b == 0 else None
        if b < 0:
            return "nan", dict.fromkeys(KEYS, nothing + "|0")
        s = mp.sign(a)
        c = dict.fromkeys(KEYS, infinite())
        c.update({"a": infinite(-1), "b": infinite(s), "aa": FREE, "aaa": FREE, "d1": ""})
        return text(-s * INF), c
    if name == "rem":
        if b == 0:
            c = dict.fromkeys(KEYS, "")
            return "nan", c
        if abs(a / b) >= 1e15:
            return None
        c = dict.fromkeys(KEYS, "k:0")
        q = mpf(a) / mpf(b)
        c.update({"a": "k:1", "b": "k:" + text(-q), "d1": "k:" + text(1 - q)})
        return "0", c
    return None


def cells_of_smooth_point(name, a, b):
    """Returns the value and the cells at a point where the function is smooth."""
    jet = TWO[name][0]
    SIGN[0] = math.copysign(1, b)
    line = lambda p, q: jet([mpf(a), mpf(p), zero, zero], [mpf(b), mpf(q), zero, zero])
    along_a, along_b, both = line(1, 0), line(0, 1), line(1, 1)
    c = {"a": along_a[1], "b": along_b[1], "aa": along_a[2], "bb": along_b[2], "ab": (both[2] - along_a[2] - along_b[2]) / 2}
    c.update({"aaa": along_a[3], "bbb": along_b[3], "d1": both[1], "d2": both[2], "d3": both[3]})
    scale = {"d1": abs(c["a"]) + abs(c["b"]), "d2": abs(c["aa"]) + 2 * abs(c["ab"]) + abs(c["bb"])}
    across = line(1, -1)[3]
    mixed = abs((both[3] + across) / 2 - along_a[3]) + abs((both[3] - across) / 2 - along_b[3])
    scale["d3"] = abs(along_a[3]) + abs(along_b[3]) + mixed
    cells = {}
    orders = {key: 1 if key in FIRST + ("d1",) else 3 if key in ("aaa", "bbb", "d3") else 2 for key in KEYS}
    overflow_order = min([orders[key] for key, d in c.items() if not finite(double(d))] or [4])
    for key, d in c.items():
        d = zero if abs(d) < mpf(10) ** -500 else d
        if max(2, orders[key]) >= overflow_order and orders[key] > 1 and finite(double(d)):
            cells[key] = "z:" + text(d) + "|inf"  # other derivatives of this order overflow
            continue
        if not finite(double(d)):
            cells[key] = cell("n", [d])
        else:
            cells[key] = cell("", [d], scale[key] * mpf(2) ** -51 if key in scale else None)
    value = along_a[0]
    if name == "atan2" and a == 0 and math.copysign(1, a) < 0 and b < 0:
        value = -value  # −π, on the other side of the cut
    return text(value), cells


POINTS_OF_TWO = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 800.0, -800.0, 5e-310]


def write_two(path):
    with open(path, "w") as out:
        out.write("name,a,b,value," + ",".join(KEYS) + "\n")
        for name in TWO:
            for a in POINTS_OF_TWO:
                for b in POINTS_OF_TWO:
                    if 5e-310 in (a, b) and name in ("powf", "log"):
                        continue  # the intermediate 1/x overflows
                    found = cells_of_smooth_point(name, a, b) if TWO[name][1](a, b) else conventions(name, a, b)
                    if found is not None and name == "hypot" and 5e-310 in (a, b):
                        found[1]["d3"] = ""  # it is 0, and rounding errors are larger
                    if found is not None:
                        out.write(",".join([name, text_with_sign(a), text_with_sign(b), found[0]] + [found[1][key] for key in KEYS]) + "\n")


# --- Losses ---
#
# A row has the loss, predictions, targets and value; the gradient, predictions first; the upper triangle of the Hessian,
# row by row; and three derivatives along the line on which prediction i moves by 1 − i/2 and target i by (i + 1)/4.


def simple(name, parameter, y, t):
    """Returns the value of a loss of one prediction, its gradient and Hessian with respect to (y, t), and its letter."""
    d = y - t
    if name == "mean_squared_error":
        return d * d, [2 * d, -2 * d], [2, -2, 2], ""
    if name == "mean_absolute_error":
        g = mp.sign(d)
        return abs(d), [g, -g], [0, 0, 0], "k" if d == 0 else ""
    if name == "huber":
        if abs(d) <= parameter:
            return d * d / 2, [d, -d], [1, -1, 1], "k" if abs(d) == parameter else ""
        g = parameter * mp.sign(d)
        return parameter * (abs(d) - mpf(parameter) / 2), [g, -g], [0, 0, 0], ""
    if name == "binary_cross_entropy_with_logits":
        p, q, _, _ = sigmoid(y)
        return apply("softplus", constant(y))[0] - t * y, [p - t, -y], [q, -1, 0], ""
    margin = 1 - t * y
    if margin > 0:
        return margin, [-t, -y], [0, -1, 0], ""
    return zero, [zero, zero], [0, 0, 0], "k" if margin == 0 else ""


def along_line(name, parameter, y, t):
    """Returns the jet of the loss along the line."""
    n = len(y)
    ys = [[v, mpf(1) - mpf(i) / 2, zero, zero] for i, v in enumerate(y)]
    ts = [[v, mpf(i + 1) / 4, zero, zero] for i, v in enumerate(t)]
    sum_of = lambda jets: [total(j[k] for j in jets) for k in range(4)]
    if name in ("cross_entropy", "smooth_cross_entropy"):
        largest = max(y)
        lse = plus(constant(largest), apply("ln", sum_of([apply("exp", plus(j, constant(-largest))) for j in ys])))
        parts = [product(plus(scaled(1 - mpf(parameter), t), constant(mpf(parameter) / n)), plus(lse, scaled(-1, y))) for y, t in zip(ys, ts)]
        return sum_of(parts)
    parts = []
    for y, t in zip(ys, ts):
        d = plus(y, scaled(-1, t))
        if name == "mean_squared_error":
            parts.append(product(d, d))
        elif name == "mean_absolute_error":
            parts.append(scaled(mp.sign(d[0]), d))
        elif name == "huber":
            inside = abs(d[0]) <= parameter
            parts.append(scaled(mpf(1) / 2, product(d, d)) if inside else plus(scaled(parameter * mp.sign(d[0]), d), constant(-mpf(parameter) ** 2 / 2)))
        elif name == "binary_cross_entropy_with_logits":
            parts.append(plus(apply("softplus", y), scaled(-1, product(t, y))))
        else:
            margin = plus(constant(1), scaled(-1, product(t, y)))
            parts.append(margin if margin[0] > 0 else ZEROS)
    return scaled(mpf(1) / n, sum_of(parts))


def cells_of_loss(name, parameter, y, t):
    """Returns the cells of a loss: value, gradient, Hessian and derivatives along the line."""
    n = len(y)
    y, t = [mpf(v) for v in y], [mpf(v) for v in t]
    gradient = [zero] * (2 * n)
    hessian = [[zero] * (2 * n) for _ in range(2 * n)]
    letter = ""
    if name in ("cross_entropy", "smooth_cross_entropy"):
        s = mpf(parameter)
        largest = max(y)
        exp_sum = total(exp(v - largest) for v in y)
        lse = largest + log(exp_sum)
        p = [exp(v - largest) / exp_sum for v in y]
        smoothed = [(1 - s) * v + s / n for v in t]
        value, total_weight = total(v * (lse - u) for v, u in zip(smoothed, y)), total(smoothed)
        for i in range(n):
            gradient[i] = total_weight * p[i] - smoothed[i]
            gradient[n + i] = (1 - s) * (lse - y[i])
            for j in range(n):
                same = one if i == j else zero
                hessian[i][j] = total_weight * p[i] * (same - p[j])
                hessian[i][n + j] = (1 - s) * (p[i] - same)
    else:
        value = zero
        for i in range(n):
            f, g, h, kink = simple(name, parameter, y[i], t[i])
            letter = letter or kink
            value += f / n
            gradient[i], gradient[n + i] = g[0] / n, g[1] / n
            hessian[i][i], hessian[i][n + i], hessian[n + i][n + i] = mpf(h[0]) / n, mpf(h[1]) / n, mpf(h[2]) / n
    line = along_line(name, parameter, y, t)
    largest = max([one] + [abs(g) for g in gradient])  # the rounding error of a sum of these
    spread = largest * mpf(2) ** -53
    upper = [hessian[i][j] for i in range(2 * n) for j in range(i, 2 * n)]
    cells = lambda values, spread=None: ";".join(cell(letter, [d if abs(d) > mpf(10) ** -400 else zero], spread) for d in values)
    return [cell("", [value], spread), cells(gradient), cells(upper), cells(line[1:], spread)]


SINGLE_LOSSES = [("mean_squared_error", 0), ("mean_absolute_error", 0), ("huber", 0.5), ("huber", 1), ("binary_cross_entropy_with_logits", 0), ("hinge", 0)]
CLASS_LOSSES = [("cross_entropy", 0), ("smooth_cross_entropy", 0.25)]
PREDICTIONS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 800.0, -800.0, 1e4]
TARGETS = [0.0, -0.0, 1.0, -1.0, 0.5]
ROWS = [([0.0, 0.0], [0.0, 1.0]), ([0.0, 0.0], [0.5, 0.5]), ([1.0, 2.0], [1.0, 0.0]), ([1.0, 2.0], [0.0, 0.0]), ([1e4, -1e4], [0.0, 1.0]),
        ([1e4, -1e4], [1.0, 0.0]), ([800.0, -800.0], [0.5, 0.5]), ([1e8, 1e8], [1.0, 0.0]), ([-0.0, 0.0], [-0.0, 1.0]),
        ([0.0, 0.0, 0.0], [0.0, 1.0, 0.0]), ([1.0, 2.0, 0.5], [0.0, 0.0, 1.0]), ([1.0, -1.0, 800.0], [0.0, 1.0, 0.0]),
        ([-800.0, 800.0, 0.0], [0.5, 0.0, 0.5]), ([1e8, 1e8, 1e8 - 1], [0.0, 0.0, 1.0]), ([5e-310, 0.0, -0.0], [1.0, 0.0, 0.0])]


def write_losses(path):
    with open(path, "w") as out:
        out.write("loss,predictions,targets,value,gradient,hessian,line\n")

        def write(name, parameter, y, t):
            loss_name = f"{name}({text(mpf(parameter))})" if parameter else name
            points = [";".join(text_with_sign(x) for x in row) for row in (y, t)]
            out.write(",".join([loss_name] + points + cells_of_loss(name, parameter, y, t)) + "\n")

        for name, parameter in SINGLE_LOSSES:
            for y in PREDICTIONS:
                for t in TARGETS:
                    write(name, parameter, [y], [t])
            for y, t in [([1.0, 0.0], [0.0, 1.0]), ([0.5, -0.5], [-1.0, 0.0]), ([800.0, -800.0], [1.0, 0.0]), ([0.0, 0.0, 0.0], [1.0, -1.0, 0.0])]:
                write(name, parameter, y, t)
        for name, parameter in CLASS_LOSSES:
            for y, t in ROWS:
                write(name, parameter, y, t)


if __name__ == "__main__":
    folder = sys.path[0]
    write_two(folder + "/two.csv")
    write_losses(folder + "/losses.csv")
    write_one(folder + "/one.csv")
    print(len(slow_limits), "slow limits", slow_limits[:3] and [(mp.nstr(a, 5), mp.nstr(b, 5)) for a, b in slow_limits[:40]], file=sys.stderr)
    print(len(finite_but_not_the_limit), "finite by the rule 0·∞ = 0, but not the limit", [(*o[:4], mp.nstr(o[4], 5), o[5]) for o in finite_but_not_the_limit[:60]], file=sys.stderr)
