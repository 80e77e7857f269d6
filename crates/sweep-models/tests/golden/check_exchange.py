"""Loads weights that we saved into PyTorch, strictly, and compares logits: `python check_exchange.py FOLDER`.

FOLDER is what `cargo run --release -p sweep-models --example export_weights FOLDER` writes: for every model and activation
`<model>.<activation>.safetensors`, a state dict after some training steps, and `<model>.<activation>.trials.safetensors` with `x`
[trial, 1, channel, time] and our `logits`.
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file

from networks import ACTIVATIONS, MODELS


def main(folder):
    worst = 0.0
    for model, network_of in MODELS.items():
        for activation in ACTIVATIONS:
            network = network_of(activation)
            network.load_state_dict(load_file(folder / f"{model}.{activation}.safetensors"), strict=True)
            trials = load_file(folder / f"{model}.{activation}.trials.safetensors")
            with torch.no_grad():
                logits = network.eval()(trials["x"])
            difference = ((logits - trials["logits"]).abs().max() / trials["logits"].abs().max()).item()
            worst = max(worst, difference)
            batches = {int(value) for name, value in network.named_buffers() if name.endswith("tracked")}
            print(f"{model:12} {activation:11} batches tracked {batches}, largest relative difference {difference:.1e}")
    if worst > 1e-5:
        sys.exit("PyTorch's logits are not ours")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
