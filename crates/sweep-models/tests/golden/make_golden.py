"""Writes the golden numbers of tests/golden.rs: `python make_golden.py [FILE...]`. Needs torch and safetensors.

`<case>.safetensors` are state dicts as PyTorch saves them. `numbers.safetensors`, of the networks as they are, and `settings.safetensors`, of
networks with other settings of their own, hold inputs and results, all float32:
  <case>.x [trial, 1, channel, time] and <case>.labels; trial 0 is all zeros, samples 100..140 of trial 1 too
  <case>.<activation>.logits              evaluation mode, all trials
  <case>.<activation>.loss                training mode, dropout 0, first half of the trials
  <case>.<activation>.gradient.<name>     of that loss; of a tensor of more than 5000 values every 7th
  <case>.<activation>.norm.<name>         Euclidean norm of the whole gradient
  <case>.<activation>.running.<name>      running statistics after that one forward pass
  <case>.<activation>.curve               losses of 20 Adam steps, first and second half of the trials in turn
  <case>.elu.curve.<optimizer>            the same with other optimizers (small case)
"""

import copy
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn

from networks import ACTIVATIONS, MODELS

HERE = pathlib.Path(__file__).parent
# name: model, channels, samples, classes, learning rate, activations. The small case has odd sizes everywhere. DeepConvNet
# learns these few trials by heart within five steps of 1e-3: a curve of zeros would show nothing.
CASES = {
    "eegnet": ("eegnet", 2, 750, 2, 1e-3, list(ACTIVATIONS)),
    "deepconvnet": ("deepconvnet", 2, 750, 2, 3e-5, list(ACTIVATIONS)),
    "eegnet_small": ("eegnet", 3, 77, 4, 1e-3, ["elu"]),
}
# The same with settings.
SETTINGS = {
    "eegnet_25_8": ("eegnet", 3, 125, 4, 1e-3, ["elu"], {"kernel_length": 25, "temporal_filters": 8}),
    "eegnet_101_16": ("eegnet", 2, 250, 2, 1e-3, ["elu"], {"kernel_length": 101, "temporal_filters": 16}),
    "eegnet_even": (
        "eegnet", 3, 98, 3, 1e-3, ["leaky_relu"],
        {"temporal_filters": 5, "spatial_filters": 3, "kernel_length": 64, "separable_kernel_length": 16,
         "pool_1": 3, "pool_2": 5},
    ),
    "eegnet_wide": ("eegnet", 2, 64, 2, 1e-3, ["elu"], {"temporal_filters": 3, "spatial_filters": 6}),
    "deepconvnet_10_3": (
        "deepconvnet", 2, 450, 3, 3e-5, ["elu"], {"filters": (10, 20, 30, 17), "kernel_length": 10, "pool": 3},
    ),
    "eegnet_smoothed": ("eegnet", 2, 64, 3, 1e-3, ["elu"], {"label_smoothing": 0.1}),
    "eegnet_clipped": ("eegnet", 2, 64, 3, 1e-3, ["elu"], {"gradient_clip_norm": 0.5}),
}
# Settings that are none of the network.
OF_TRAINING = ["label_smoothing", "gradient_clip_norm"]
FILES = {"numbers": CASES, "settings": SETTINGS}
TRIALS = 12
OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, 1e-3, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, 1e-3, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p, 1e-2, weight_decay=0.1),
    "momentum": lambda p: torch.optim.SGD(p, 1e-2, momentum=0.9, weight_decay=0.1),
    "nesterov": lambda p: torch.optim.SGD(p, 1e-2, momentum=0.9, nesterov=True, weight_decay=0.1),
}


def perturb(network):
    """Gives batch normalisation values that matter, instead of ones and zeros."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -1.0, 1.0)
            nn.init.uniform_(module.running_var, 0.5, 20.0)
            module.num_batches_tracked.fill_(7)


def signal(channels, samples, classes):
    labels = torch.arange(TRIALS) * 7 % classes
    time = torch.arange(samples) / 125
    x = 5 * torch.randn(TRIALS, 1, channels, samples)
    x += 5 * torch.sin(2 * torch.pi * (8 + 3 * labels[:, None, None, None]) * time) + 2
    x[0] = 0
    x[1, :, :, 100:140] = 0
    return x, labels


def clip(network, bound):
    if bound is not None:
        nn.utils.clip_grad_norm_(network.parameters(), bound)


def losses(network, optimizer, x, labels, steps, label_smoothing=0.0, gradient_clip_norm=None):
    half = TRIALS // 2
    curve = []
    for step in range(steps):
        part = slice(0, half) if step % 2 == 0 else slice(half, TRIALS)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(x[part]), labels[part], label_smoothing=label_smoothing)
        loss.backward()
        clip(network, gradient_clip_norm)
        optimizer.step()
        curve.append(loss.item())
    return torch.tensor(curve)


def write(file, cases):
    torch.manual_seed(2024)
    torch.set_num_threads(1)
    numbers = {}
    for case, (model, channels, samples, classes, rate, activations, *settings) in cases.items():
        settings = settings[0] if settings else {}
        training = {name: value for name, value in settings.items() if name in OF_TRAINING}
        settings = {name: value for name, value in settings.items() if name not in OF_TRAINING}
        first = MODELS[model](activations[0], channels, samples, classes, dropout=0.0, **settings)
        perturb(first)
        state = copy.deepcopy(first.state_dict())
        save_file(state, HERE / f"{case}.safetensors")
        x, labels = signal(channels, samples, classes)
        numbers[f"{case}.x"], numbers[f"{case}.labels"] = x, labels.float()

        def fresh(activation):
            network = MODELS[model](activation, channels, samples, classes, dropout=0.0, **settings)
            network.load_state_dict(copy.deepcopy(state))
            return network.train()

        for activation in activations:
            key = f"{case}.{activation}"
            with torch.no_grad():
                numbers[f"{key}.logits"] = fresh(activation).eval()(x)
            network = fresh(activation)
            half = TRIALS // 2
            smoothing = training.get("label_smoothing", 0.0)
            loss = nn.functional.cross_entropy(network(x[:half]), labels[:half], label_smoothing=smoothing)
            loss.backward()
            clip(network, training.get("gradient_clip_norm"))
            numbers[f"{key}.loss"] = loss.detach()
            for name, parameter in network.named_parameters():
                gradient = parameter.grad.flatten()
                numbers[f"{key}.norm.{name}"] = gradient.norm()
                numbers[f"{key}.gradient.{name}"] = (gradient[::7] if len(gradient) > 5000 else gradient).clone()
            for name, buffer in network.named_buffers():
                if "running" in name:
                    numbers[f"{key}.running.{name}"] = buffer.clone()
            network = fresh(activation)
            optimizer = torch.optim.Adam(network.parameters(), rate)
            numbers[f"{key}.curve"] = losses(network, optimizer, x, labels, 20, **training)
            if case == "eegnet_small":
                for name, make in OPTIMIZERS.items():
                    network = fresh(activation)
                    numbers[f"{key}.curve.{name}"] = losses(network, make(network.parameters()), x, labels, 20)
    save_file({name: value.contiguous() for name, value in numbers.items()}, HERE / f"{file}.safetensors")


if __name__ == "__main__":
    for file in sys.argv[1:] or FILES:
        write(file, FILES[file])
