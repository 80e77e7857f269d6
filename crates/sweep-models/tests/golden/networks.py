"""The two networks in PyTorch, with the module names of the state dict."""

import torch
from torch import nn

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.01),
    "elu": lambda: nn.ELU(1.0),
}


class EEGNet(nn.Module):
    def __init__(self, activation, channels=2, samples=750, classes=2, dropout=0.25, temporal_filters=16,
                 spatial_filters=2, kernel_length=51, separable_kernel_length=15, pool_1=4, pool_2=8):
        super().__init__()
        act = ACTIVATIONS[activation]
        filters, planes = temporal_filters, temporal_filters * spatial_filters

        def along_time(inputs, outputs, length):
            return nn.Conv2d(inputs, outputs, (1, length), padding=(0, length // 2), bias=False)

        self.firstconv = nn.Sequential(along_time(1, filters, kernel_length), nn.BatchNorm2d(filters))
        self.depthwiseConv = nn.Sequential(
            nn.Conv2d(filters, planes, (channels, 1), groups=filters, bias=False),
            nn.BatchNorm2d(planes), act(), nn.AvgPool2d((1, pool_1), (1, pool_1)), nn.Dropout(dropout),
        )
        self.separableConv = nn.Sequential(
            along_time(planes, planes, separable_kernel_length),
            nn.BatchNorm2d(planes), act(), nn.AvgPool2d((1, pool_2), (1, pool_2)), nn.Dropout(dropout),
        )
        # A kernel of even length makes one sample more than it is given.
        time = (samples + 1 - kernel_length % 2) // pool_1
        time = (time + 1 - separable_kernel_length % 2) // pool_2
        self.classify = nn.Sequential(nn.Linear(planes * time, classes))

    def forward(self, x):
        x = self.separableConv(self.depthwiseConv(self.firstconv(x)))
        return self.classify(torch.flatten(x, 1))


class DeepConvNet(nn.Module):
    def __init__(self, activation, channels=2, samples=750, classes=2, dropout=0.5,
                 filters=(25, 50, 100, 200), kernel_length=5, pool=2):
        super().__init__()
        act = ACTIVATIONS[activation]

        def end(planes):
            return [nn.BatchNorm2d(planes), act(), nn.MaxPool2d((1, pool)), nn.Dropout(dropout)]

        def block(inputs, planes):
            return nn.Sequential(nn.Conv2d(inputs, planes, (1, kernel_length)), *end(planes))

        first, second, third, fourth = filters
        self.firstconv = nn.Sequential(
            nn.Conv2d(1, first, (1, kernel_length)), nn.Conv2d(first, first, (channels, 1)), *end(first)
        )
        self.secondconv = block(first, second)
        self.thirdconv = block(second, third)
        self.fourthconv = block(third, fourth)
        time = samples
        for _ in range(4):
            time = (time - kernel_length + 1) // pool
        self.classify = nn.Sequential(nn.Linear(fourth * time, classes))

    def forward(self, x):
        x = self.fourthconv(self.thirdconv(self.secondconv(self.firstconv(x))))
        return self.classify(torch.flatten(x, 1))


MODELS = {"eegnet": EEGNet, "deepconvnet": DeepConvNet}
