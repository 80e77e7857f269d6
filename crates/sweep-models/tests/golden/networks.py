"""The two networks in PyTorch, with the module names of the state dict."""

import torch
from torch import nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.01),
    "elu": lambda: nn.ELU(1.0),
}


class EEGNet(nn.Module):
    def __init__(self, activation, channels=2, samples=750, classes=2, dropout=0.25):
        super().__init__()
        act = ACTIVATIONS[activation]
        self.firstconv = nn.Sequential(
            nn.Conv2d(1, 16, (1, 51), padding=(0, 25), bias=False), nn.BatchNorm2d(16)
        )
        self.depthwiseConv = nn.Sequential(
            nn.Conv2d(16, 32, (channels, 1), groups=16, bias=False),
            nn.BatchNorm2d(32), act(), nn.AvgPool2d((1, 4), (1, 4)), nn.Dropout(dropout),
        )
        self.separableConv = nn.Sequential(
            nn.Conv2d(32, 32, (1, 15), padding=(0, 7), bias=False),
            nn.BatchNorm2d(32), act(), nn.AvgPool2d((1, 8), (1, 8)), nn.Dropout(dropout),
        )
        self.classify = nn.Sequential(nn.Linear(32 * (samples // 4 // 8), classes))

    def forward(self, x):
        x = self.separableConv(self.depthwiseConv(self.firstconv(x)))
        return self.classify(torch.flatten(x, 1))


class DeepConvNet(nn.Module):
    def __init__(self, activation, channels=2, samples=750, classes=2, dropout=0.5):
        super().__init__()
        act = ACTIVATIONS[activation]

        def end(planes):
            return [nn.BatchNorm2d(planes), act(), nn.MaxPool2d((1, 2)), nn.Dropout(dropout)]

        def block(inputs, planes):
            return nn.Sequential(nn.Conv2d(inputs, planes, (1, 5)), *end(planes))

        self.firstconv = nn.Sequential(
            nn.Conv2d(1, 25, (1, 5)), nn.Conv2d(25, 25, (channels, 1)), *end(25)
        )
        self.secondconv = block(25, 50)
        self.thirdconv = block(50, 100)
        self.fourthconv = block(100, 200)
        time = samples
        for _ in range(4):
            time = (time - 4) // 2
        self.classify = nn.Sequential(nn.Linear(200 * time, classes))

    def forward(self, x):
        x = self.fourthconv(self.thirdconv(self.secondconv(self.firstconv(x))))
        return self.classify(torch.flatten(x, 1))


MODELS = {"eegnet": EEGNet, "deepconvnet": DeepConvNet}
