"""Compares models exported as ONNX with the crate: onnx checks the files, and onnxruntime computes the predictions.

    ONNX_FOLDER=FOLDER cargo test --test networks onnx -- --ignored
    python3 .ci/check_onnx.py FOLDER PROGRAM

FOLDER has the files that the test wrote, and PROGRAM is the command-line program. It trains models, exports them, and prints
the predictions that onnxruntime must return. The last line has the largest differences, divided by
the size of predictions above 1.
"""

import csv
import json
import pathlib
import subprocess
import sys

import numpy
import onnx
import onnxruntime

TOLERANCES = {"f32": 1e-6, "f64": 1e-12}
TYPES = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64, "tensor(string)": object}
folder, program = pathlib.Path(sys.argv[1]), sys.argv[2]
largest = dict.fromkeys(TOLERANCES, 0.0)


def check(path, inputs, names, outputs, labels, precision):
    """Checks the model at `path`: its predictions for rows of `inputs`, where None is NaN, are `outputs` and `labels`."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs = numpy.array(outputs)
    assert [tensor.name for tensor in session.get_inputs()] == (names or ["inputs"]), path
    columns = [[[cell] for cell in column] for column in zip(*inputs)] if names else [inputs]
    tensors = zip(session.get_inputs(), columns)
    found = session.run(None, {tensor.name: numpy.array(cells, TYPES[tensor.type]) for tensor, cells in tensors})
    assert found[0].shape == outputs.shape, (path, found[0].shape, outputs.shape)
    difference = float(numpy.max(numpy.abs(found[0] - outputs) / numpy.maximum(1, numpy.abs(outputs))))
    assert difference <= TOLERANCES[precision], (path, difference)
    largest[precision] = max(largest[precision], difference)
    assert len(found) == (2 if labels else 1) and (not labels or found[1].tolist() == labels), path


def run(*arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def check_command_line(name, data, target, *options):
    """Trains a model by the command line, exports it, and compares onnxruntime with `predict`."""
    model, exported = str(folder / f"{name}.safetensors"), str(folder / f"{name}.onnx")
    run("train", data, "--target", target, "--model", model, "--epochs", "20", "--quiet", *options)
    run("export", model, exported)
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    predictions = list(csv.DictReader(run("predict", model, data).splitlines()))
    classes = [name for name in predictions[0] if name.startswith("probability of ")]
    output = session.get_outputs()[0].name
    assert output == ("probabilities" if classes else target), (name, output)

    def cell(tensor, text):
        text = "" if text == "NA" else text
        return text if tensor.type == "tensor(string)" else float(text or "nan")

    # The predictions repeat the columns of the table.
    names = [tensor.name for tensor in session.get_inputs()]
    inputs = [[cell(tensor, row[tensor.name]) for tensor in session.get_inputs()] for row in predictions]
    outputs = [[float(row[column]) for column in classes or [f"predicted {target}"]] for row in predictions]
    labels = [row[f"predicted {target}"] for row in predictions] if classes else []
    check(exported, inputs, names, outputs, labels, "f32")


cases = sorted(folder.glob("f*.json"))
for case in cases:
    values = json.loads(case.read_text())
    check(case.with_suffix(".onnx"), *(values[key] for key in ["inputs", "names", "outputs", "labels", "precision"]))

check_command_line("species", "examples/data/iris.csv", "species")
check_command_line("penguins", "examples/data/penguins.csv", "species")
check_command_line("progression", "examples/data/diabetes.csv", "progression")
ACTIVATIONS = "step identity sigmoid tanh relu leaky_relu(0.01) elu gelu silu softplus".split()
for activation in ACTIVATIONS:
    options = ["--inputs", "weight,height", "--activation", activation, "--hidden", "16,8"]
    check_command_line(f"sex-{activation}", "examples/data/davis.csv", "sex", *options)

assert len(cases) > 30, f"the test wrote {len(cases)} models"
print(f"{len(cases) + 3 + len(ACTIVATIONS)} models, largest differences", largest)
