"""Loads parameter files of the crate into the same network of PyTorch, and compares the outputs of each layer.

    pip install torch numpy safetensors
    PYTORCH_FOLDER=FOLDER cargo test --test networks state_dicts -- --ignored
    python3 .ci/check_pytorch.py FOLDER

.ci/run does not call it, since torch is a large download. The last line has the largest differences, divided by the size
of outputs above 1.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests/data"))
from pytorch_state_dict import network, outputs

folder, largest = pathlib.Path(sys.argv[1]), {}
for name, dtype, tolerance in [("f32", torch.float32, 1e-5), ("f64", torch.float64, 1e-11)]:
    net, case = network().to(dtype).eval(), json.loads((folder / f"{name}.json").read_text())
    net.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=True)
    assert net[3].num_batches_tracked == net[9].num_batches_tracked == 3
    found, expected = outputs(net, torch.tensor(case["inputs"]).long()), case["outputs"]
    found, expected = (torch.tensor(values, dtype=torch.float64).reshape(12, -1) for values in [found, expected])
    difference = (found - expected).abs() / expected.abs().clamp(min=1)
    assert difference.max() <= tolerance, (name, difference.amax(1).tolist())
    largest[name] = difference.max().item()
print("largest differences", largest)
