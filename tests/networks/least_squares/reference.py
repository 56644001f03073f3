"""Writes reference.csv: fits by SciPy in double precision; checks nist.csv with 50 digits.

    pip install scipy mpmath && python3 tests/networks/least_squares/reference.py

nist.csv has problems of the Statistical Reference Datasets of NIST (https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml,
in the public domain): x and y, both starts, the certified parameters, their standard errors, and the sum of squared
residuals. Gauss-Newton steps with 50 digits confirm all certified digits.

In reference.csv, each row has the name of a fit, the kind of the values, and the values.
"""

import csv
import pathlib

import mpmath
import numpy as np
from scipy.optimize import curve_fit, least_squares

FOLDER = pathlib.Path(__file__).parent

MODELS = {
    "Misra1a": lambda x, b, exp: b[0] * (1 - exp(-b[1] * x)),
    "DanWood": lambda x, b, exp: b[0] * x ** b[1],
    "MGH17": lambda x, b, exp: b[0] + b[1] * exp(-b[3] * x) + b[2] * exp(-b[4] * x),
    "Thurber": lambda x, b, exp: (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3)
    / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3),
    "MGH09": lambda x, b, exp: b[0] * (x**2 + b[1] * x) / (x**2 + b[2] * x + b[3]),
    "Rat42": lambda x, b, exp: b[0] / (1 + exp(b[1] - b[2] * x)),
    "Eckerle4": lambda x, b, exp: b[0] / b[1] * exp(-(((x - b[2]) / b[1]) ** 2) / 2),
    "BoxBOD": lambda x, b, exp: b[0] * (1 - exp(-b[1] * x)),
    "MGH10": lambda x, b, exp: b[0] * exp(b[1] / (x + b[2])),
}


def check_nist():
    """Solves the problems of nist.csv with 50 digits, and compares the certified values."""
    mpmath.mp.dps = 50
    with open(FOLDER / "nist.csv") as file:
        data = {(row[0], row[1]): [mpmath.mpf(x) for x in row[2:]] for row in csv.reader(file)}
    for name, model in MODELS.items():
        x, y, b = (data[name, kind] for kind in ("x", "y", "certified"))

        def residuals(b):
            return mpmath.matrix([model(xi, b, mpmath.exp) - yi for xi, yi in zip(x, y)])

        def jacobian(b):
            columns = []
            for j in range(len(b)):
                h = abs(b[j]) * mpmath.mpf(10) ** -15
                above, below = ([v + s * h * (i == j) for i, v in enumerate(b)] for s in (1, -1))
                columns.append(list((residuals(above) - residuals(below)) / (2 * h)))
            return mpmath.matrix(columns).T

        for _ in range(60):
            j = jacobian(b)
            b = [v + s for v, s in zip(b, mpmath.lu_solve(j.T * j, -j.T * residuals(b)))]
        squares = sum(r * r for r in residuals(b))
        j = jacobian(b)
        covariance = squares / (len(x) - len(b)) * (j.T * j) ** -1
        errors = [mpmath.sqrt(covariance[i, i]) for i in range(len(b))]
        for kind, values in (("certified", b), ("errors", errors), ("squares", [squares])):
            for certified, value in zip(data[name, kind], values):
                assert abs(certified / value - 1) < 6e-11, (name, kind, certified, value)


def logistic(x, a, b, c, d):
    return a + (b - a) / (1 + np.exp(-c * (x - d)))


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def derivatives(model, x, p):
    """The Jacobian, by complex steps, which are exact to rounding."""
    columns = [model(x, *(p + 1e-30j * unit)).imag / 1e-30 for unit in np.eye(len(p))]
    return np.array(columns).T


def biweight(z):
    inside = z <= 1
    rho = np.where(inside, (1 - (1 - z) ** 3) / 3, 1 / 3)
    return np.array([rho, np.where(inside, (1 - z) ** 2, 0), np.where(inside, -2 * (1 - z), 0)])


def main():
    check_nist()
    rows = []

    def add(name, **kinds):
        rows.extend([name, kind.replace("_", " "), *map(repr, np.ravel(values).tolist())] for kind, values in kinds.items())

    tight = dict(ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=10000)
    rng = np.random.default_rng(1)
    x = np.round(np.linspace(0, 10, 30), 3)
    s = np.round(logistic(x, 0.5, 8, 1.3, 4.5) + rng.normal(0, 0.2, len(x)), 3)
    e = np.round(decay(x, 5, 0.7, 1) + rng.normal(0, 0.1, len(x)), 3)
    outliers = e.copy()
    outliers[[3, 11, 20, 26]] += [6, -4, 9, 3]
    add("data", x=x, logistic=s, decay=e, outliers=outliers)

    for name, model, y, start in [
        ("logistic", logistic, s, [0, 10, 1, 5]),
        ("decay", decay, e, [1, 1, 0]),
    ]:
        jac = lambda x, *p: derivatives(model, x, np.array(p))
        p, covariance = curve_fit(model, x, y, start, jac=jac, method="trf", x_scale="jac", **tight)
        add(name, parameters=p, covariance=covariance, cost=np.sum((model(x, *p) - y) ** 2) / 2)

    def fit(y, start, **options):
        return least_squares(
            lambda p: decay(x, *p) - y, start, jac=lambda p: derivatives(decay, x, p), x_scale="jac", **tight, **options
        )

    # curve_fit computes the covariance from this Jacobian and this cost, too.
    for loss in ["linear", "soft_l1", "huber", "cauchy", "arctan", biweight]:
        result = fit(outliers, [4, 0.5, 0.5], loss=loss, f_scale=0.3 if loss is not biweight else 1.0)
        covariance = 2 * result.cost / (len(x) - 3) * np.linalg.inv(result.jac.T @ result.jac)
        name = loss if isinstance(loss, str) else "tukey"
        add(name, parameters=result.x, covariance=covariance, cost=result.cost)

    infinity = np.inf
    for name, lower, upper in [
        ("inside", [0, 0, 0], [infinity, 2, 5]),
        ("lower", [-infinity, -infinity, 1.1], [infinity, infinity, infinity]),
        ("upper", [-infinity, -infinity, -infinity], [4.5, infinity, infinity]),
        ("both", [0, 0.9, 0], [10, 2, 10]),
    ]:
        start = [3, 1, 2]
        result = fit(e, start, bounds=(lower, upper))
        add("bounds " + name, lower=lower, upper=upper, parameters=result.x, cost=result.cost)

    with open(FOLDER / "reference.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


main()
