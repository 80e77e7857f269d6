"""Writes the golden numbers of tests/layers.rs, float64: `python make_layers.py`. Needs torch, numpy and safetensors.

For each case its inputs `<case>.0`, `<case>.1`, ..., its output `<case>.out`, the numbers `<case>.weights` that the output is multiplied by in
the loss, and the gradients `<case>.gradient.0`, ...
"""

import pathlib

import torch
import torch.nn.functional as f
from safetensors.torch import save_file

torch.manual_seed(11)
numbers = {}


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def case(name, inputs, function):
    inputs = [x.clone().requires_grad_() for x in inputs]
    out = function(*inputs)
    weights = random(*out.shape)
    (out * weights).sum().backward()
    for number, x in enumerate(inputs):
        numbers[f"{name}.{number}"], numbers[f"{name}.gradient.{number}"] = x.detach(), x.grad
    numbers[f"{name}.out"], numbers[f"{name}.weights"] = out.detach(), weights


def convolution(name, x, weight, padding=(0, 0, 0, 0), **options):
    """`padding` is left, right, top, bottom, as `ZeroPad2d` has it."""
    inputs = [random(*x), random(*weight), random(weight[0])]
    case(name, inputs, lambda x, w, b: f.conv2d(f.pad(x, padding), w, b, **options))


convolution("stride", (2, 3, 1, 17), (4, 3, 1, 5), stride=(1, 3))
convolution("stride_whole", (2, 2, 1, 13), (3, 2, 1, 4), stride=(1, 3))
convolution("dilation", (2, 3, 1, 17), (4, 3, 1, 4), dilation=(1, 3))
convolution("causal", (2, 3, 1, 9), (4, 3, 1, 4), padding=(6, 0, 0, 0), dilation=(1, 2))
convolution("same_even", (2, 2, 1, 9), (4, 1, 1, 4), padding=(1, 2, 0, 0), groups=2)
convolution("both_axes", (2, 2, 7, 11), (3, 2, 3, 4), padding=(2, 1, 1, 2), stride=(2, 3), dilation=(2, 2))
convolution("depthwise", (2, 4, 2, 10), (8, 1, 2, 3), padding=(1, 1, 0, 0), stride=(1, 2), groups=4)
convolution("pointwise", (2, 4, 2, 6), (5, 4, 1, 1))

x = random(2, 3, 1, 23)
case("average_7_3", [x], lambda x: f.avg_pool2d(x, (1, 7), (1, 3)))
case("average_3_5", [x], lambda x: f.avg_pool2d(x, (1, 3), (1, 5)))
case("maximum_7_3", [x], lambda x: f.max_pool2d(x, (1, 7), (1, 3)))
# Ties, of which the first has the gradient in each window.
case("maximum_ties", [torch.round(x)], lambda x: f.max_pool2d(x, (1, 6), (1, 2)))

x = random(3, 4, 2, 5)
case("square", [x], torch.square)
case("safe_log", [torch.cat([x**2 / 4, -x, torch.zeros(1, 4, 2, 5), torch.full((1, 4, 2, 5), 1e-6, dtype=torch.float64)])],
     lambda x: torch.log(torch.clamp(x, min=1e-6)))
case("gelu", [torch.cat([4 * x, torch.zeros(1, 4, 2, 5), 1000 * x])], f.gelu)


def planes_last(function):
    return lambda x, *rest: function(x.permute(0, 2, 3, 1), *rest).permute(0, 3, 1, 2)


case("layer_norm", [x, random(4), random(4)], planes_last(lambda x, w, b: f.layer_norm(x, (4,), w, b, 1e-6)))
case("linear", [x, random(6, 4), random(6)], planes_last(f.linear))


def heads(x, count):
    """From [batch, plane, 1, time] to [batch, head, time, plane]."""
    return x.reshape(x.shape[0], count, -1, x.shape[3]).transpose(2, 3)


def attention(q, k, v, count, scale):
    out = f.scaled_dot_product_attention(heads(q, count), heads(k, count), heads(v, count), scale=scale)
    return out.transpose(2, 3).reshape(v.shape[0], v.shape[1], 1, q.shape[3])


case("attention", [random(2, 6, 1, 5)] + [random(2, 6, 1, 5)] * 2, lambda q, k, v: attention(q, k, v, 3, 2**-0.5))
case("attention_sizes", [random(2, 4, 1, 3), random(2, 4, 1, 7), random(2, 6, 1, 7)],
     lambda q, k, v: attention(q, k, v, 2, 0.7))

save_file({name: value.contiguous() for name, value in numbers.items()}, pathlib.Path(__file__).parent / "layers.safetensors")
