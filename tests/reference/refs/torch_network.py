"""ResNet-50 in PyTorch: torchvision's v1.5 architecture under torchvision's names.

Written out here because torchvision's wheel has to match torch's to the build, which it does not
for a CPU-only torch from another index.
"""
import torch
from torch import nn

from refs.random_weights import STAGES


class Bottleneck(nn.Module):
    def __init__(self, n_in, n_mid, n_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_mid, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(n_mid)
        self.conv2 = nn.Conv2d(n_mid, n_mid, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(n_mid)
        self.conv3 = nn.Conv2d(n_mid, n_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or n_in != n_out:
            self.downsample = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False),
                                            nn.BatchNorm2d(n_out))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + shortcut)


class ResNet50(nn.Module):
    def __init__(self, n_classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        n_in = 64
        for stage, (n_blocks, n_mid, n_out) in enumerate(STAGES, 1):
            blocks = []
            for block in range(n_blocks):
                stride = 2 if block == 0 and stage > 1 else 1
                blocks.append(Bottleneck(n_in, n_mid, n_out, stride))
                n_in = n_out
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(2048, n_classes)

    def features(self, x):
        """[n][2048], the pooled last feature map."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return torch.flatten(self.avgpool(x), 1)

    def forward(self, x):
        return self.fc(self.features(x))


def from_state(state, dtype=torch.float32):
    """The network with numpy weights as refs.random_weights makes them."""
    network = ResNet50(len(state["fc.bias"]))
    tensors = {name: torch.from_numpy(value.copy()) for name, value in state.items()}
    missing, unexpected = network.load_state_dict(tensors, strict=False)
    assert not unexpected and all("num_batches_tracked" in name for name in missing)
    return network.to(dtype)


def logits(network, images_nchw, batch=8):
    """Logits of a numpy array of images, in evaluation mode, as a numpy array."""
    network.eval()
    dtype = next(network.parameters()).dtype
    with torch.no_grad():
        parts = [network(torch.from_numpy(images_nchw[i:i + batch]).to(dtype))
                 for i in range(0, len(images_nchw), batch)]
    return torch.cat(parts).numpy()
