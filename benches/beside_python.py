"""Compares the steps over batches of docs/performance.md with JAX, PyTorch and scikit-learn: same weights, same data,
single precision, one thread. A step computes the loss and the gradient and moves the parameters by SGD.

    pip install jax torch 'scikit-learn>=1.7' numpy
    python3 benches/beside_python.py [--threads 1]

Runs `cargo bench --bench batches` before and after and takes the faster of the two. Losses must agree to 1e-5, those of
the first step and those after 100 steps. The processor time must not exceed that of `--threads` threads.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import tempfile
import time
import warnings

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1, help="number of threads of JAX, PyTorch and scikit-learn")
threads = parser.parse_args().threads
# XLA's pool has NPROC threads. Its flags (xla_cpu_multi_thread_eigen, intra_op_parallelism_threads) do not limit them.
for variable in ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(threads)
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402, after the number of threads is set
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
import sklearn  # noqa: E402
import torch  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer  # noqa: E402
from sklearn.preprocessing import LabelBinarizer  # noqa: E402

torch.set_num_threads(threads)
ROOT = pathlib.Path(__file__).parent.parent


def ours(export):
    """Returns the line about the processor, the figures of each batch in f32, and the time of the digits."""
    command = ["cargo", "bench", "--quiet", "--bench", "batches", "--", "--export", export]
    peak, *lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    cells = (line.split() for line in lines if line.startswith("T"))
    steps = {name: [float(figure) for figure in figures] for name, kind, *figures in cells if kind == "f32"}
    (digits,) = (float(line.split()[1]) for line in lines if line.startswith("digits"))
    return peak, steps, digits


def best(step, rounds=60, batch=0.005):
    """Returns the time of a step in seconds, from the fastest of many batches of steps."""
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < batch:
        step()
        count += 1
    times = []
    for _ in range(rounds):
        start, start_cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            step()
        cpu = time.process_time() - start_cpu
        times.append(((time.perf_counter() - start) / count, cpu / count))
    seconds, cpu = min(times)
    assert cpu < 1.05 * threads * seconds, f"{cpu / seconds:.2f} threads"
    return seconds


def measured(step):
    """Returns the losses before each of 101 steps, and the time of a step in seconds."""
    return [float(step()) for _ in range(101)], best(step)


def close(loss, expected):
    return abs(loss - expected) < 1e-5 * abs(expected)


def arrays(case):
    """Returns the inputs and the targets, a row for each sample."""
    columns = (case["widths"][0], case["widths"][-1])
    return [np.array(case[name], np.float32).reshape(-1, n) for name, n in zip(("inputs", "targets"), columns)]


def layers(case):
    """Yields the weights (neurons × inputs) and the biases of each layer, from rows of weights and bias."""
    start = 0
    for inputs, outputs in zip(case["widths"], case["widths"][1:]):
        size = outputs * (inputs + 1)
        rows = np.array(case["parameters"][start : start + size]).reshape(outputs, inputs + 1)
        start += size
        yield rows[:, :-1], rows[:, -1]


def with_jax(case):
    """Measures one jitted call for each step, and 100 steps in one jitted call."""
    activation = {"tanh": jnp.tanh, "relu": jax.nn.relu}[case["activation"]]
    inputs, targets = map(jnp.array, arrays(case))

    def loss(parameters, x, targets):
        *hidden, (weights, biases) = parameters
        for w, b in hidden:
            x = activation(x @ w + b)
        y = x @ weights + biases
        if case["loss"] == "hinge":
            value = jax.nn.relu(1 - y * targets).mean()
        else:
            value = -(targets * jax.nn.log_softmax(y)).sum(axis=1).mean()
        if case["decay"]:
            value += case["decay"] * sum((p * p).sum() for p in jax.tree.leaves(parameters))
        return value

    def sgd(parameters, *data):
        value, gradient = jax.value_and_grad(loss)(parameters, *data)
        return jax.tree.map(lambda p, g: p - case["learning_rate"] * g, parameters, gradient), value

    def hundred(parameters, *data):
        return jax.lax.fori_loop(0, 100, lambda _, carry: sgd(carry[0], *data), (parameters, jnp.float32(0)))

    def step_of(function):
        jitted = jax.jit(function, donate_argnums=0)
        parameters = [(jnp.array(w.T, jnp.float32), jnp.array(b, jnp.float32)) for w, b in layers(case)]

        def step():
            nonlocal parameters
            parameters, value = jitted(parameters, inputs, targets)
            return value.block_until_ready()

        return step

    one, loop = measured(step_of(sgd)), step_of(hundred)
    losses, _ = one
    assert close(float(loop()), losses[99]), "the loop makes the same steps"
    return one, (losses, best(loop) / 100)


def pytorch(case):
    """Measures the fastest of PyTorch's ways to make the step; the others differ in the update only."""
    activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[case["activation"]]
    inputs, targets = map(torch.tensor, arrays(case))
    classes = targets.argmax(dim=1)
    rate = case["learning_rate"]

    def step_of(update_of):
        modules = []
        for weights, biases in layers(case):
            linear = torch.nn.Linear(weights.shape[1], weights.shape[0])
            linear.weight.data = torch.tensor(weights, dtype=torch.float32)
            linear.bias.data = torch.tensor(biases, dtype=torch.float32)
            modules += [linear, activation()]
        net = torch.nn.Sequential(*modules[:-1])
        parameters = list(net.parameters())
        update = update_of(parameters)

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
            update()
            return loss.detach()

        return step

    def by_hand(parameters):
        @torch.no_grad()
        def update():
            for p in parameters:
                p.add_(p.grad, alpha=-rate)

        return update

    def optimizer(**options):
        return lambda parameters: torch.optim.SGD(parameters, lr=rate, **options).step

    updates = (by_hand, optimizer(foreach=False), optimizer(foreach=True), optimizer(fused=True))
    return min((measured(step_of(update)) for update in updates), key=lambda result: result[1])


def scikit_learn(case):
    """Measures the inner loop of MLPClassifier with its SGD, without its checks and its shuffling."""
    if case["loss"] == "hinge":
        return None  # scikit-learn has no hinge loss
    inputs, targets = arrays(case)
    dtype = inputs.dtype
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
    parameters = net.coefs_ + net.intercepts_
    sgd = SGDOptimizer(parameters, case["learning_rate"], momentum=0, nesterov=False)

    def step():
        data = (inputs, target_rows, None, activations, deltas, coefficients, intercepts)
        loss, coefficient_gradients, intercept_gradients = net._backprop(*data)
        sgd.update_params(parameters, coefficient_gradients + intercept_gradients)
        return loss

    return measured(step)


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


def machine():
    """Returns the name of the processor and the number of its cores."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(": ", 1)[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


with tempfile.TemporaryDirectory() as folder:
    export = str(pathlib.Path(folder) / "batches.json")
    peak, before, digits_before = ours(export)
    cases = json.load(open(export))
    theirs = {case["name"]: (*with_jax(case), pytorch(case), scikit_learn(case)) for case in cases}
    digits_theirs = digits()
    _, after, digits_after = ours(export)

print(f"{machine()}; {peak}")
print(f"JAX {jax.__version__}, PyTorch {torch.__version__}, scikit-learn {sklearn.__version__}, {threads} thread(s)\n")
print("| f32 | backprop, gradient | backprop | JAX, a call for each step | JAX, 100 steps in a call | PyTorch | ", end="")
print("scikit-learn's inner loop | matrix products at the peak |\n| --- |" + 7 * " ---: |")
for case in cases:
    name = case["name"]
    loss, loss_after, *_ = before[name]
    gradient, seconds, at_peak = map(min, zip(before[name][2:], after[name][2:]))
    cells = [f"{gradient * 1e6:.1f} µs", f"{seconds * 1e6:.1f} µs"]
    for result in theirs[name]:
        if result is None:
            cells.append("–")
            continue
        losses, theirs_seconds = result
        for index, expected in ((0, loss), (100, loss_after)):
            assert close(losses[index], expected), f"{name}: loss {losses[index]} after {index} steps, not {expected}"
        cells.append(f"{theirs_seconds * 1e6:.1f} µs ({theirs_seconds / seconds:.2f})")
    print(f"| {name} | {' | '.join(cells)} | {at_peak * 1e6:.1f} µs |")

seconds = min(digits_before, digits_after)
print(f"\nDigits, 40 epochs: backprop {seconds:.3f} s, MLPClassifier {digits_theirs:.2f} s, {digits_theirs / seconds:.1f} times")
