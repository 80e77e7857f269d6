"""Writes the golden numbers of ShallowFBCSPNet for tests/golden.rs: `python make_shallow.py`. Needs braindecode 1.8.1 and safetensors.

The network is braindecode's own. It has the time axis before the channels, so the last two axes of its weights are exchanged here; names are the
same. For what the files hold see make_golden.py.
"""

import copy

import torch
from braindecode.models import ShallowFBCSPNet
from safetensors.torch import save_file
from torch import nn

from make_golden import HERE, TRIALS, losses, perturb, signal

CASES = {
    "shallow": (3, 200, 4, {}),
    "shallow_8_12": (
        2, 97, 3,
        {"n_filters_time": 8, "n_filters_spat": 12, "filter_time_length": 10, "pool_time_length": 20, "pool_time_stride": 7},
    ),
}


def ours(name, value):
    return value.transpose(2, 3).contiguous() if value.dim() == 4 else value.clone()


def network_of(channels, samples, classes, settings):
    return ShallowFBCSPNet(n_chans=channels, n_times=samples, n_outputs=classes, drop_prob=0.0, **settings)


class Squeezed(nn.Module):
    """Takes trials as our networks do, [trial, 1, channel, time]."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x[:, 0])


def main():
    assert sum(p.numel() for p in network_of(22, 1000, 4, {}).parameters()) == 46_084
    torch.manual_seed(2024)
    torch.set_num_threads(1)
    numbers = {}
    for case, (channels, samples, classes, settings) in CASES.items():
        first = network_of(channels, samples, classes, settings)
        perturb(first)
        state = copy.deepcopy(first.state_dict())
        save_file({name: ours(name, value) for name, value in state.items()}, HERE / f"{case}.safetensors")
        x, labels = signal(channels, samples, classes)
        numbers[f"{case}.x"], numbers[f"{case}.labels"] = x, labels.float()

        def fresh():
            network = network_of(channels, samples, classes, settings)
            network.load_state_dict(copy.deepcopy(state))
            return Squeezed(network).train()

        key, half = f"{case}.elu", TRIALS // 2
        with torch.no_grad():
            numbers[f"{key}.logits"] = fresh().eval()(x)
        network = fresh()
        loss = nn.functional.cross_entropy(network(x[:half]), labels[:half])
        loss.backward()
        numbers[f"{key}.loss"] = loss.detach()
        for name, parameter in network.network.named_parameters():
            gradient = ours(name, parameter.grad).flatten()
            numbers[f"{key}.norm.{name}"] = gradient.norm()
            numbers[f"{key}.gradient.{name}"] = (gradient[::7] if len(gradient) > 5000 else gradient).clone()
        for name, buffer in network.network.named_buffers():
            if "running" in name:
                numbers[f"{key}.running.{name}"] = buffer.clone()
        network = fresh()
        numbers[f"{key}.curve"] = losses(network, torch.optim.Adam(network.parameters(), 1e-3), x, labels, 20)
    save_file({name: value.contiguous() for name, value in numbers.items()}, HERE / "shallow_numbers.safetensors")


if __name__ == "__main__":
    main()
