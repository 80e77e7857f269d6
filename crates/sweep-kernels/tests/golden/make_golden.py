"""Writes the golden numbers of tests/golden.rs, float64 unless named otherwise: `python make_golden.py`.

What cannot be checked by finite differences, because PyTorch's choice at a corner is a convention, or because it is a rule of an
optimizer: gradients at exactly 0, ties and NaN in pools, dropped samples, renorm, optimizers.
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
numbers = {}
nan, inf = float("nan"), float("inf")

x = torch.tensor([-inf, -200.0, -3.5, -1e-9, -0.0, 0.0, 1e-9, 2.0, 300.0, inf, nan], dtype=torch.float64, requires_grad=True)
numbers["activation.x"] = x.detach()
for name, function in {
    "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(0.01), "elu": nn.ELU(1.0), "elu_half": nn.ELU(0.5),
}.items():
    x.grad = None
    out = function(x)
    out.backward(torch.ones_like(out))
    numbers[f"activation.{name}"], numbers[f"activation.{name}.gradient"] = out.detach(), x.grad.clone()

rows = torch.tensor(
    [
        [1, 1, 2, 3, 3, 2, 9], [0, 0, 0, 0, 0, 0, 0], [nan, 1, 1, nan, nan, nan, nan], [-1, -2, -inf, -inf, 5, inf, 1],
        [2, 2, 1, 1, 2, 0, 0],
    ],
    dtype=torch.float64,
)
for size in (2, 3):
    for name, pool in {"max": nn.MaxPool1d(size), "average": nn.AvgPool1d(size)}.items():
        x = rows.clone().requires_grad_()
        out = pool(x[:, None])
        out.backward(torch.arange(1.0, out.numel() + 1, dtype=torch.float64).reshape(out.shape))
        numbers[f"pool.{name}{size}"], numbers[f"pool.{name}{size}.gradient"] = out.detach()[:, 0], x.grad
numbers["pool.x"] = rows

torch.manual_seed(7)
x = torch.randn(5, 2, 3, 4, dtype=torch.float64)
x[0] *= 0.01
numbers["renorm.x"], numbers["renorm.out"] = x, torch.renorm(x, 2, 0, 2.5)

start, gradients = torch.randn(6, dtype=torch.float64), torch.randn(8, 6, dtype=torch.float64)
gradients[3] = 0
numbers["optimizer.start"], numbers["optimizer.gradients"] = start, gradients
for name, make in {
    "adam": lambda p: torch.optim.Adam(p, 0.01),
    "adam_decay": lambda p: torch.optim.Adam(p, 0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p, 0.1),
    "sgd_decay": lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.1),
    "momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=0.1),
    "nesterov": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
}.items():
    parameter = nn.Parameter(start.clone())
    optimizer, path = make([parameter]), []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
        path.append(parameter.detach().clone())
    numbers[f"optimizer.{name}"] = torch.stack(path)

logits = torch.tensor([[1e4, -1e4, 0.0], [0.1, 0.2, 0.3], [-500.0, -500.0, -501.0]], dtype=torch.float64, requires_grad=True)
loss = nn.functional.cross_entropy(logits, torch.tensor([1, 2, 0]))
loss.backward()
numbers["cross_entropy.logits"], numbers["cross_entropy.loss"] = logits.detach(), loss.detach()
numbers["cross_entropy.gradient"] = logits.grad

# float32 batch normalisation of data with a mean far from 0: the statistics must not suffer.
x = (100 + torch.randn(9, 3, 1, 50)).requires_grad_()
weight, bias = torch.tensor([0.5, 1.0, 2.0]).requires_grad_(), torch.tensor([0.1, 0.0, -3.0]).requires_grad_()
mean, variance = torch.zeros(3), torch.zeros(3)
out = nn.functional.batch_norm(x, mean, variance, weight, bias, training=True, momentum=1.0)
out.backward(torch.sin(torch.arange(out.numel()).float()).reshape(out.shape))
numbers |= {
    "batch_norm.x": x.detach(), "batch_norm.weight": weight.detach(), "batch_norm.bias": bias.detach(),
    "batch_norm.out": out.detach(), "batch_norm.mean": mean, "batch_norm.variance": variance,
    "batch_norm.gradient.x": x.grad, "batch_norm.gradient.weight": weight.grad, "batch_norm.gradient.bias": bias.grad,
}
save_file({name: value.contiguous() for name, value in numbers.items()}, HERE / "numbers.safetensors")
