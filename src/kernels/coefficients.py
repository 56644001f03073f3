"""Prints the polynomials of elementary.rs and their largest errors: `python3 src/kernels/coefficients.py`. Needs mpmath (1.3).

They are Chebyshev fits in 60 digits. The best polynomials would be more accurate by less than half a bit.
"""

from mpmath import atanh, chebyfit, erfc, exp, expm1, log, mp, mpf, nstr, pi, sqrt

mp.dps = 60


def exp_m1(r):
    """(eʳ − 1 − r)/r²"""
    return (expm1(r) - r) / r**2 if abs(r) > mpf(10) ** -20 else mpf(1) / 2


def ln(z):
    """(2·artanh s − 2s)/s³ of z = s²: ln((1 + s)/(1 − s)) is an odd function of s"""
    s = sqrt(z)
    return (2 * atanh(s) - 2 * s) / (s * z) if z > mpf(10) ** -25 else mpf(2) / 3


def erfcx(k):
    """(1 + 2t)·e^(t²)·erfc t − 5/4 of k = (t − 4)/(t + 4)"""
    t = 4 * (1 + k) / (1 - k)
    return (1 + 2 * t) * exp(t * t) * erfc(t) - mpf(5) / 4


def show(name, function, low, high, count):
    coefficients, error = chebyfit(function, [low, high], count, error=True)
    print(f"\n{name}: {function.__doc__}, error {nstr(error, 2)}")
    print("    " + ", ".join(nstr(c, 18) for c in reversed(coefficients)))


half_ln_2 = log(2) / 2 * mpf("1.0005")
largest_square = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.001")
for name, counts in [("f32", (5, 3)), ("f64", (10, 7))]:
    show(f"EXP_M1 {name}", exp_m1, -half_ln_2, half_ln_2, counts[0])
    show(f"LN {name}", ln, mpf(0), largest_square, counts[1])
show("ERFCX", erfcx, mpf(-1), mpf(28 - 4) / (28 + 4), 22)
