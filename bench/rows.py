"""The rows of the table: which networks, at which batch size, for how many epochs. Both sides train exactly these."""

from typing import NamedTuple

ACTIVATIONS = ("relu", "leaky_relu", "elu")


class Row(NamedTuple):
    """One network on all cores; the figure is seconds an epoch."""

    name: str
    title: str
    model: str
    batch_size: int
    # The first epoch is warm-up and does not count.
    epochs: int


SINGLE_ROWS = (
    Row("eegnet-108", "EEGNet, batch 108", "eegnet", 108, 5),
    Row("eegnet-32", "EEGNet, batch 32", "eegnet", 32, 4),
    Row("deepconvnet-1080", "DeepConvNet, batch 1080", "deepconvnet", 1080, 4),
    Row("deepconvnet-108", "DeepConvNet, batch 108", "deepconvnet", 108, 4),
)

# sweeps/lab2.toml, the costliest jobs first: so it is handed out by sweep, and so a user would order a queue.
SWEEP_JOBS = tuple((model, activation, size) for model, size in (("deepconvnet", 1080), ("eegnet", 108)) for activation in ACTIVATIONS)
SWEEP_EPOCHS = 5
SWEEP_NAME = "lab2"
