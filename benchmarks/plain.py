"""The reference way of training, written again plainly: what the other benchmarks compare with.

Goodfellow's net as published, eager, in float32, contiguous, in batches of 32 that a DataLoader
puts together picture by picture; SGD with momentum, a staircase of learning rates: the recipe that
the log of a public PyTorch version of it shows (rates of 0.01 x 0.9 every 10,000 steps).
"""

import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.models import zoo

BATCH = 32


class RandomWindows(Dataset):
    """Random 54x54 windows of 64x64 crops with their labels."""

    def __init__(self, numbers: NumberSet) -> None:
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        top, left = torch.randint(0, 11, (2,)).tolist()
        picture = self.numbers.pictures[index, :, top : top + 54, left : left + 54]
        return picture.contiguous(), self.numbers.lengths[index], self.numbers.digits[index]


def make_net() -> zoo.NumberNet:
    return zoo.create_model("goodfellow2014").to(memory_format=torch.contiguous_format)


def train(net: zoo.NumberNet, numbers: NumberSet) -> Iterator[float]:
    """Train without end; gives the seconds of each step, its data included."""
    loss_of = nn.CrossEntropyLoss()
    optimiser = torch.optim.SGD(net.parameters(), lr=1e-2, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=10_000, gamma=0.9)
    net.train()
    while True:
        began = time.perf_counter()
        for batch in DataLoader(RandomWindows(numbers), BATCH, shuffle=True):
            pictures, lengths, digits = (field.to(net.device) for field in batch)
            logits = net(pictures)
            loss = loss_of(logits.length, lengths)
            for position in range(5):
                loss = loss + loss_of(logits.digits[:, position], digits[:, position])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            loss.item()
            now = time.perf_counter()
            yield now - began
            began = time.perf_counter()
