"""One step of training: a batch in, weights moved, the loss out.

Which batches there are is decided in `feeds`, how many steps and what is kept of them in `loop`.
"""

import copy

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from svhn_lib.augment import RandomCrop, random_views
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.labels import encode_tokens
from svhn_lib.losses import total_loss
from svhn_lib.models.net import NumberNet
from svhn_lib.training.feeds import Batch
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.precision import use_bfloat16
from svhn_lib.training.processes import Place, from_first, wrap
from svhn_lib.training.schedules import learning_rate, make_optimiser


class Learner:
    """A model with all that changes when it learns: its optimiser and the average of its weights.

    Attributes:
        average: a copy whose weights are the moving average of the model's.
        first: the tensors that the model began with, where they are blended in; else empty.
        half: whether convolutions run in bfloat16.
    """

    def __init__(self, model: NumberNet, settings: TrainSettings, steps: int, place: Place) -> None:
        self.model, self.settings, self.steps, self.place = model, settings, steps, place
        self.average = copy.deepcopy(model).requires_grad_(False).eval()
        state = model.state_dict() if settings.blend else {}
        self.first = {name: value.clone() for name, value in state.items()}
        self.optimiser = make_optimiser(settings, model)
        self.half = bool(from_first(use_bfloat16(settings.precision, place.device), place))
        unused = model.config.columns and settings.loss.column_weight == 0
        forward = wrap(model, place, unused=unused)
        self.forward = torch.compile(forward) if settings.compile else forward

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        return learning_rate(self.settings, step, self.steps)

    def learn(self, batch: Batch, step: int) -> Tensor:
        """Take step number `step`; returns this process's loss, detached."""
        settings, device = self.settings, self.place.device
        # Whatever is drawn in a step follows from its number, so that no state of any generator
        # need be saved for a resumed run to draw the same.
        seed = ((settings.seed * 7_368_787 + step) * 1009 + self.place.rank) % 2**64
        torch.manual_seed(seed)
        pictures, boxes, lengths, digits = batch.to(device)
        pictures, boxes = self.view(pictures, boxes, seed)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate(step)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            if self.model.config.autoregressive:
                logits = self.forward(pictures, encode_tokens(lengths, digits)[0])
            else:
                logits = self.forward(pictures)
        loss = total_loss(logits, lengths, digits, boxes, settings.loss, pictures.shape[-1])
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if settings.clip:
            nn.utils.clip_grad_norm_(self.model.parameters(), settings.clip)
        self.optimiser.step()
        self._update_average(step)
        return loss.detach()

    def kept(self) -> NumberNet:
        """What is validated and kept: the average, with its share of the weights of the beginning.

        A net that is trained on from good weights loses some of what they knew; on the line
        between the two lie nets that are better at both (Wortsman et al. 2022, section 4).
        """
        if not self.first:
            return self.average
        blended = copy.deepcopy(self.average)
        for name, value in blended.state_dict().items():
            if value.is_floating_point():
                value.lerp_(self.first[name], self.settings.blend)
        return blended

    def view(self, pictures: Tensor, boxes: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        """The views of a batch that the net learns from."""
        augment = self.settings.augment
        if augment is not None:
            generator = torch.Generator(pictures.device).manual_seed(seed)
            if isinstance(augment, RandomCrop):
                pictures, boxes = augment.random(pictures, boxes, generator)
            else:
                size = self.model.config.size
                pictures, boxes = random_views(pictures, boxes, size, generator, augment)
        return pictures.contiguous(memory_format=torch.channels_last), boxes

    def to_validate(self, validation: NumberSet) -> Tensor:
        """The pictures to validate on: the middle of them, where the net learns from windows."""
        augment = self.settings.augment
        if isinstance(augment, RandomCrop):
            return augment.centre(validation.pictures, validation.boxes)[0]
        return validation.pictures

    @torch.no_grad()
    def _update_average(self, step: int) -> None:
        """Moving average of weights; shorter memory at the start, where weights move far."""
        keep = min(self.settings.average, (1 + step) / (10 + step))
        averaged, current = self.average.state_dict(), self.model.state_dict()
        moving = [name for name, value in averaged.items() if value.is_floating_point()]
        # All in one call: on a GPU a call for each tensor would take longer than the arithmetic.
        get_ema_multi_avg_fn(keep)([averaged[n] for n in moving], [current[n] for n in moving], 0)
        for name in averaged.keys() - set(moving):
            averaged[name].copy_(current[name])
