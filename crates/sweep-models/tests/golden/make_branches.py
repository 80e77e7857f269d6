"""Writes the golden numbers of tests/branches.rs: `python make_branches.py`. Needs torch and safetensors.

A network of no use with every kind of layer that published networks have. `branches.safetensors` is its state dict, and
`branches_numbers.safetensors` holds `x`, `labels`, `logits` (evaluation mode, before the step), `loss` and `gradient.<name>` of one batch without
dropout, and `running.<name>` after it; all float64.
"""

import pathlib

import torch
import torch.nn.functional as f
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
CHANNELS, SAMPLES, CLASSES, TRIALS, HEADS = 3, 40, 3, 6, 3


def last(function, x):
    """`function` over the planes, which PyTorch wants last."""
    return function(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(1, 6, (1, 7))
        self.space = nn.Conv2d(6, 6, (CHANNELS, 1), groups=6, bias=False)
        self.norm = nn.BatchNorm2d(6, momentum=0.01, eps=1e-3)
        self.left = nn.Conv2d(6, 4, (1, 3), dilation=(1, 2))
        self.right = nn.Conv2d(6, 2, (1, 1))
        self.layer_norm = nn.LayerNorm(6, eps=1e-6)
        self.queries, self.keys, self.values, self.project = (nn.Linear(6, 6) for _ in range(4))
        self.down = nn.Conv2d(6, 5, (1, 2), stride=(1, 2))
        self.classify = nn.Conv2d(5, CLASSES, (1, 1))

    def forward(self, x):
        x = self.space(self.embed(f.pad(x, (2, 4))))
        x = f.avg_pool2d(f.elu(self.norm(x)), (1, 6), (1, 3))
        left = f.gelu(self.left(f.pad(x, (4, 0))))
        x = x + torch.cat([left, torch.square(self.right(x))], 1)
        normed = last(self.layer_norm, x)
        by_head = [
            last(linear, normed).reshape(-1, HEADS, 6 // HEADS, x.shape[3]).transpose(2, 3)
            for linear in (self.queries, self.keys, self.values)
        ]
        attended = f.scaled_dot_product_attention(*by_head, scale=0.5).transpose(2, 3).reshape(x.shape)
        x = x + last(self.project, attended)
        x = (x[..., 2:10] + x[..., 4:12]) / 2
        x = torch.log(torch.clamp(f.max_pool2d(torch.square(x), (1, 3), (1, 1)), min=1e-6))
        x = self.down(x).mean(3, keepdim=True)
        return self.classify(x).flatten(1)


torch.manual_seed(5)
network = Branches().double()
for module in network.modules():
    if isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
        nn.init.uniform_(module.weight, 0.5, 1.5)
        nn.init.uniform_(module.bias, -0.5, 0.5)
nn.init.uniform_(network.norm.running_mean, -1.0, 1.0)
nn.init.uniform_(network.norm.running_var, 0.5, 2.0)
save_file(network.state_dict(), HERE / "branches.safetensors")
# Exact in float32, which signals are kept in.
x = torch.randn(TRIALS, 1, CHANNELS, SAMPLES).double()
labels = torch.arange(TRIALS) % CLASSES
numbers = {"x": x, "labels": labels.double()}
with torch.no_grad():
    numbers["logits"] = network.eval()(x)
loss = f.cross_entropy(network.train()(x), labels)
loss.backward()
numbers["loss"] = loss.detach()
numbers |= {f"gradient.{name}": parameter.grad for name, parameter in network.named_parameters()}
numbers |= {f"running.{name}": buffer for name, buffer in network.named_buffers() if "running" in name}
save_file({name: value.contiguous() for name, value in numbers.items()}, HERE / "branches_numbers.safetensors")
