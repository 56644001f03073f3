"""Writes pytorch_layers.json: inputs, parameters, outputs and gradients of PyTorch's layers, in double precision.

    python3 tests/data/pytorch_layers.py > tests/data/pytorch_layers.json

A case has the inputs as matrices with a sample in each row, the parameters by their names, the outputs, and the gradients
of the sum of all outputs times `upstream`. Inputs and parameters are rounded, so that the file stays small.
"""

import json
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
cases = []


def random(*shape):
    return (torch.rand(*shape) * 2 - 1).round(decimals=2)


def numbers(tensor):
    return [x if x != round(x) else int(x) for x in tensor.detach().reshape(-1).tolist()]


def matrix(tensor):
    rows = tensor.shape[0]
    return {"shape": [rows, tensor.numel() // rows], "values": numbers(tensor)}


def case(name, layer, inputs, forward=None, evaluation=False, buffers=False):
    """Adds a case. `forward` takes the layer and the inputs and returns outputs whose first dimension is that of rows."""
    for parameter in layer.parameters():
        parameter.data = random(*parameter.shape)
    if evaluation:
        layer.eval()
    before = {key: value.clone() for key, value in layer.named_buffers()}
    inputs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    outputs = forward(layer, *inputs) if forward else layer(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    upstream = [random(*y.shape) for y in outputs]
    sum((y * u).sum() for y, u in zip(outputs, upstream)).backward()
    named = dict(layer.named_parameters())
    result = {
        "name": name,
        "inputs": [matrix(x) for x in inputs],
        "parameters": [{"name": key, "shape": list(p.shape), "values": numbers(p)} for key, p in named.items()],
        "outputs": [matrix(y) for y in outputs],
        "upstream": [numbers(u) for u in upstream],
        "input_gradients": [numbers(x.grad) if x.grad is not None else [] for x in inputs],
        "gradients": [numbers(p.grad) for p in named.values()],
    }
    if buffers:
        result["buffers"] = [numbers(x) for x in before.values()]
        result["new_buffers"] = [numbers(x) for _, x in layer.named_buffers()]
    cases.append(result)


case("linear", nn.Linear(3, 2), [random(4, 3)])
case("layer_norm", nn.LayerNorm(4), [random(3, 4)])
case("rms_norm", nn.RMSNorm(4), [random(3, 4)])


def batch_norm(layer):
    layer.running_mean = random(*layer.running_mean.shape)
    layer.running_var = random(*layer.running_var.shape).abs() + 0.5
    return layer


case("batch_norm", batch_norm(nn.BatchNorm1d(3)), [random(5, 3)], buffers=True)
case("batch_norm_evaluation", batch_norm(nn.BatchNorm1d(3)), [random(5, 3)], evaluation=True, buffers=True)
case("batch_norm_images", batch_norm(nn.BatchNorm2d(2)), [random(3, 2, 2, 3)], buffers=True)
case("batch_norm_images_evaluation", batch_norm(nn.BatchNorm2d(2)), [random(3, 2, 2, 3)], evaluation=True, buffers=True)

case("embedding", nn.Embedding(5, 3), [torch.tensor([[1, 4], [1, 1], [0, 3]])])

case("conv2d", nn.Conv2d(2, 3, (2, 3)), [random(2, 2, 4, 5)])
case("conv2d_padding", nn.Conv2d(1, 2, 3, padding=1), [random(2, 1, 4, 4)])
case("conv2d_all", nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2), groups=2), [random(2, 4, 4, 3)])
case("conv2d_without_bias", nn.Conv2d(2, 2, 3, stride=3, padding=1, bias=False), [random(2, 2, 5, 6)])
case("conv2d_pointwise", nn.Conv2d(3, 2, 1), [random(2, 3, 2, 2)])
case("conv2d_depthwise", nn.Conv2d(2, 4, 2, groups=2), [random(2, 2, 3, 3)])
case("conv1d", nn.Conv1d(2, 3, 3, stride=2, padding=1), [random(2, 2, 7)])
case("conv1d_dilation", nn.Conv1d(2, 2, 2, dilation=3, groups=2), [random(2, 2, 6)])

ties = torch.tensor([1, 1, 0, 2, 1, 1, 2, 2, 0, 0, 0, 0, 3, 3, 3, 3.0, -1, -1, -2, -1]).reshape(1, 1, 4, 5)
case("max_pool2d", nn.MaxPool2d(2), [random(2, 2, 5, 4)])
case("max_pool2d_ties", nn.MaxPool2d((2, 3), stride=1, padding=(1, 1)), [ties])
case("avg_pool2d", nn.AvgPool2d(2), [random(2, 2, 5, 4)])
case("avg_pool2d_padding", nn.AvgPool2d((2, 3), stride=(1, 2), padding=(1, 1)), [random(2, 1, 4, 5)])
case("max_pool1d", nn.MaxPool1d(3, stride=2, padding=1), [random(2, 2, 7)])
case("avg_pool1d", nn.AvgPool1d(3, stride=2, padding=1), [random(2, 2, 7)])


def sequences(layer, x):
    return layer(x)[0]


def with_state(layer, x, *state):
    """The outputs, then the final state."""
    state = tuple(s.unsqueeze(0) for s in state)
    y, after = layer(x, state if len(state) > 1 else state[0])
    after = after if isinstance(after, tuple) else (after,)
    return (y, *(s.squeeze(0) for s in after))


def of_lengths(layer, x, *state):
    lengths = torch.tensor([2, 4, 1])
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    state = tuple(s.unsqueeze(0) for s in state)
    y, after = layer(packed, state if len(state) > 1 else state[0])
    y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
    after = after if isinstance(after, tuple) else (after,)
    return (y, *(s.squeeze(0) for s in after))


for name, Layer in [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)]:
    states = [random(3, 2) for _ in range(2 if name == "lstm" else 1)]
    case(name, Layer(3, 2, batch_first=True), [random(2, 3, 3)], sequences)
    case(f"{name}_with_state", Layer(3, 2, batch_first=True), [random(3, 2, 3), *states], with_state)
    case(f"{name}_of_lengths", Layer(2, 2, batch_first=True), [random(3, 4, 2), *states], of_lengths)


def attend(mask=None, causal=False):
    def forward(layer, q, k=None, v=None):
        k, v = (q, q) if k is None else (k, v)
        later = torch.ones(len(q), len(k)).triu(1).bool() if causal else None
        padding = torch.tensor(mask) if mask else None
        return layer(q, k, v, key_padding_mask=padding, attn_mask=later, need_weights=False)[0]

    return forward


case("attention", nn.MultiheadAttention(4, 2), [random(3, 4)], attend())
case("attention_causal", nn.MultiheadAttention(4, 2), [random(3, 4)], attend(causal=True))
case("attention_cross", nn.MultiheadAttention(4, 1), [random(2, 4), random(3, 4), random(3, 4)], attend())
mask = [False, True, False]
case("attention_mask", nn.MultiheadAttention(4, 2), [random(3, 4), random(3, 4), random(3, 4)], attend(mask))
case("attention_causal_mask", nn.MultiheadAttention(4, 2), [random(3, 4), random(3, 4), random(3, 4)], attend(mask, True))

# The rows of the outputs are as wide as two rows of the image.
case("conv2d_wide", nn.Conv2d(1, 2, 1, stride=(2, 1), padding=(0, 1)), [random(2, 1, 4, 2)])

case("rnn_relu", nn.RNN(3, 2, nonlinearity="relu", batch_first=True), [random(2, 3, 3)], sequences)
for name, Layer in [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)]:
    case(f"{name}_without_bias", Layer(3, 2, bias=False, batch_first=True), [random(2, 3, 3)], sequences)
gru = nn.GRU(2, 2, bias=False, batch_first=True)
case("gru_without_bias_of_lengths", gru, [random(3, 4, 2), random(3, 2)], of_lengths)

case("embedding_padding_idx", nn.Embedding(5, 3, padding_idx=1), [torch.tensor([[1, 4], [1, 1], [0, 3]])])
case("attention_without_bias", nn.MultiheadAttention(4, 2, bias=False), [random(3, 4)], attend())
case("attention_causal_without_bias", nn.MultiheadAttention(4, 2, bias=False), [random(3, 4)], attend(causal=True))
attention = nn.MultiheadAttention(4, 1, bias=False)
case("attention_cross_without_bias", attention, [random(2, 4), random(3, 4), random(3, 4)], attend())
for causal in [False, True]:
    name = "attention_causal_dropout_evaluation" if causal else "attention_dropout_evaluation"
    case(name, nn.MultiheadAttention(4, 2, dropout=0.5), [random(3, 4)], attend(causal=causal), evaluation=True)

print("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]")
