"""Prints the polynomials of elementary.rs and their largest errors: `python3 src/kernels/coefficients.py`. Needs mpmath (1.3).

They are Chebyshev fits in 60 digits. The best polynomials would be more accurate by less than half a bit.
"""

from mpmath import atanh, chebyfit, cos, erfc, exp, expm1, log, mp, mpf, nstr, pi, sin, sqrt

mp.dps = 60


def exp_m1(r):
    """(eʳ − 1 − r)/r²"""
    return (expm1(r) - r) / r**2 if abs(r) > mpf(10) ** -20 else mpf(1) / 2


def ln(z):
    """(2·artanh s − 2s)/s³ of z = s²: ln((1 + s)/(1 − s)) is an odd function of s"""
    s = sqrt(z)
    return (2 * atanh(s) - 2 * s) / (s * z) if z > mpf(10) ** -25 else mpf(2) / 3


def ln_tail(z):
    """(2·artanh s − 2s − 2s³/3)/s⁵ of z = s²"""
    s = sqrt(z)
    return (2 * atanh(s) - 2 * s - 2 * s * z / 3) / (s * z**2) if z > mpf(10) ** -12 else mpf(2) / 5 + 2 * z / 7


def sine(z):
    """(sin r − r)/r³ of z = r²"""
    r = sqrt(z)
    return (sin(r) - r) / (r * z) if z > mpf(10) ** -20 else -mpf(1) / 6


def cosine(z):
    """(cos r − 1 + r²/2)/r⁴ of z = r²"""
    return (cos(sqrt(z)) - 1 + z / 2) / z**2 if z > mpf(10) ** -20 else mpf(1) / 24


def erfcx(k):
    """(1 + 2t)·e^(t²)·erfc t − 5/4 of k = (t − 4)/(t + 4)"""
    t = 4 * (1 + k) / (1 - k)
    return (1 + 2 * t) * exp(t * t) * erfc(t) - mpf(5) / 4


def show(name, function, low, high, count):
    coefficients, error = chebyfit(function, [low, high], count, error=True)
    print(f"\n{name}: {function.__doc__}, error {nstr(error, 2)}")
    print("    " + ", ".join(nstr(c, 18) for c in reversed(coefficients)))


def show_parts(name, number, count):
    """Prints `number` as a sum of `count` numbers of double and of single precision, each rounded to nearest."""
    for bits, digits in [(24, 9), (53, 17)]:
        rest, parts = number, []
        for _ in range(count):
            with mp.workprec(bits):
                part = +rest
            parts.append(nstr(part, digits))
            rest -= part
        print(f"\n{name} in parts of {bits} bits\n    " + ", ".join(parts))


half_ln_2 = log(2) / 2 * mpf("1.0005")
largest_square = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.001")
for name, counts in [("f32", (5, 3, 3, 3, 3)), ("f64", (10, 7, 8, 6, 6))]:
    show(f"EXP_M1 {name}", exp_m1, -half_ln_2, half_ln_2, counts[0])
    show(f"LN {name}", ln, mpf(0), largest_square, counts[1])
    show(f"LN_TAIL {name}", ln_tail, mpf(0), largest_square, counts[2])
    show(f"SIN {name}", sine, mpf(0), mpf("0.8") ** 2, counts[3])
    show(f"COS {name}", cosine, mpf(0), mpf("0.8") ** 2, counts[4])
show("ERFCX", erfcx, mpf(-1), mpf(28 - 4) / (28 + 4), 22)
show_parts("TWO_THIRDS_PARTS", mpf(2) / 3, 2)
show_parts("LOG2_E_PARTS", 1 / log(2), 2)
show_parts("LOG10_E_PARTS", 1 / log(10), 2)
show_parts("HALF_PI_PARTS", pi / 2, 3)
