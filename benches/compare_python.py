"""Compares the steps over batches of docs/performance.md with PyTorch and scikit-learn: same weights, same data, one thread.

    pip install torch 'scikit-learn>=1.7' numpy
    python3 benches/compare_python.py [--threads 1]

Runs `cargo bench --bench batches` before and after and takes the faster of the two. Losses must agree to 1e-5.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time
import warnings

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1, help="number of threads of PyTorch and scikit-learn")
threads = parser.parse_args().threads
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(threads)

import numpy as np  # noqa: E402, after the number of threads is set
import torch  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.preprocessing import LabelBinarizer  # noqa: E402

torch.set_num_threads(threads)
ROOT = pathlib.Path(__file__).parent.parent


def ours(export):
    command = ["cargo", "bench", "--quiet", "--bench", "batches", "--", "--export", export]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    cells = (line.split() for line in lines if line.startswith("T"))
    steps = {(name, kind): (float(loss), float(seconds)) for name, kind, loss, seconds in cells}
    (digits,) = (float(line.split()[1]) for line in lines if line.startswith("digits"))
    return steps, digits


def best(step, rounds=60, batch=0.005):
    """Returns the time of a step in seconds, from the fastest of many batches of steps."""
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < batch or count < 2:
        step()
        count += 1
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(count):
            step()
        times.append((time.perf_counter() - start) / count)
    return min(times)


def layers(case):
    """Yields the weights (neurons × inputs) and the biases of each layer, from rows of weights and bias."""
    start = 0
    for inputs, outputs in zip(case["widths"], case["widths"][1:]):
        size = outputs * (inputs + 1)
        rows = np.array(case["parameters"][start : start + size]).reshape(outputs, inputs + 1)
        start += size
        yield rows[:, :-1], rows[:, -1]


def pytorch(case):
    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[case["activation"]]
    modules = []
    for weights, biases in layers(case):
        linear = torch.nn.Linear(weights.shape[1], weights.shape[0])
        linear.weight.data = torch.tensor(weights, dtype=torch.float32)
        linear.bias.data = torch.tensor(biases, dtype=torch.float32)
        modules += [linear, activation()]
    net = torch.nn.Sequential(*modules[:-1])
    inputs = torch.tensor(case["inputs"], dtype=torch.float32).reshape(-1, case["widths"][0])
    targets = torch.tensor(case["targets"], dtype=torch.float32).reshape(-1, case["widths"][-1])
    classes = targets.argmax(dim=1)
    parameters = list(net.parameters())

    def step():
        for p in parameters:
            p.grad = None
        y = net(inputs)
        if case["loss"] == "hinge":
            loss = torch.relu(1 - y * targets).mean()
        else:
            loss = torch.nn.functional.cross_entropy(y, classes)
        if case["decay"]:
            loss = loss + case["decay"] * sum((p * p).sum() for p in parameters)
        loss.backward()
        return loss

    return step().item(), best(step)


def scikit_learn(case):
    """Measures the inner loop of MLPClassifier, without its checks, its shuffling and its optimizer."""
    if case["loss"] == "hinge":
        return None  # scikit-learn has no hinge loss
    dtype = np.float32
    inputs = np.array(case["inputs"], dtype).reshape(-1, case["widths"][0])
    targets = np.array(case["targets"], dtype).reshape(-1, case["widths"][-1])
    net = MLPClassifier(case["widths"][1:-1], activation=case["activation"], alpha=0.0, random_state=1)
    net.partial_fit(inputs, targets.argmax(axis=1), classes=list(range(targets.shape[1])))
    net.coefs_ = [np.ascontiguousarray(weights.T, dtype) for weights, _ in layers(case)]
    net.intercepts_ = [biases.astype(dtype) for _, biases in layers(case)]
    samples, widths = inputs.shape[0], case["widths"]
    activations = [inputs] + [np.empty((samples, width), dtype) for width in widths[1:]]
    deltas = [np.empty_like(a) for a in activations[1:]]
    coefficients = [np.empty_like(c) for c in net.coefs_]
    intercepts = [np.empty_like(c) for c in net.intercepts_]
    target_rows = LabelBinarizer().fit(range(widths[-1])).transform(targets.argmax(axis=1)).astype(dtype)

    def step():
        return net._backprop(inputs, target_rows, None, activations, deltas, coefficients, intercepts)[0]

    return float(step()), best(step)


def digits():
    """Returns the time in seconds of the training of benches/batches.rs by MLPClassifier, the fastest of three."""
    table = np.loadtxt(ROOT / "examples/data/digits.csv", delimiter=",", skiprows=1)
    inputs, classes = (table[:, :-1] / 16).astype(np.float32), table[:, -1].astype(int)
    times = []
    for seed in range(3):
        net = MLPClassifier(
            (128,), alpha=0.0, batch_size=32, learning_rate_init=0.003, max_iter=40, n_iter_no_change=40, random_state=seed
        )
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it did not converge in 40 epochs
            net.fit(inputs, classes)
        times.append(time.perf_counter() - start)
        assert net.n_iter_ == 40 and net.score(inputs, classes) > 0.99
    return min(times)


with tempfile.TemporaryDirectory() as folder:
    export = str(pathlib.Path(folder) / "batches.json")
    before, digits_before = ours(export)
    cases = json.load(open(export))
    theirs = {case["name"]: (pytorch(case), scikit_learn(case)) for case in cases}
    digits_theirs = digits()
    after, digits_after = ours(export)

print(f"PyTorch {torch.__version__}, {threads} thread(s); backprop one\n")
print("| f32 | backprop | PyTorch | scikit-learn's inner loop | PyTorch / backprop | scikit-learn / backprop |")
print("| --- | ---: | ---: | ---: | ---: | ---: |")
for case in cases:
    name = case["name"]
    loss, _ = before[name, "f32"]
    seconds = min(before[name, "f32"][1], after[name, "f32"][1])
    cells, ratios = [], []
    for result in theirs[name]:
        if result is None:
            cells.append("–")
            ratios.append("–")
            continue
        assert abs(result[0] - loss) < 1e-5 * abs(loss), f"{name}: loss {result[0]}, not {loss}"
        cells.append(f"{result[1] * 1e6:.1f} µs")
        ratios.append(f"{result[1] / seconds:.2f}")
    print(f"| {name} | {seconds * 1e6:.1f} µs | {' | '.join(cells + ratios)} |")

seconds = min(digits_before, digits_after)
print(f"\nDigits, 40 epochs: backprop {seconds:.3f} s, MLPClassifier {digits_theirs:.2f} s, {digits_theirs / seconds:.1f} times")
