"""How large a network is: its parameters, and the arithmetic that a picture takes."""

from typing import Any

import torch
from torch import nn

from svhn_lib.models.decoders import AttentionDecoder
from svhn_lib.models.net import NumberNet


def parameter_count(model: nn.Module) -> int:
    """Return the number of trainable parameters.

    Example:
        >>> from svhn_lib.models import create_model
        >>> parameter_count(create_model("marek2017-softmax"))
        7850
    """
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def multiply_adds(model: NumberNet) -> int:
    """Return the multiplications with addition (MAC) for one picture, of layers with weights.

    A decoder is counted as if it wrote one number of `max_digits` digits.

    Example:
        >>> from svhn_lib.models import create_model
        >>> multiply_adds(create_model("marek2017-softmax"))
        7840
    """
    total = 0

    def count(layer: nn.Module, _: Any, output: Any) -> None:
        nonlocal total
        weights = sum(weight.numel() for weight in layer.parameters() if weight.dim() > 1)
        places = output[0, 0].numel() if isinstance(layer, nn.Conv1d | nn.Conv2d) else 1
        steps = output[0].shape[1] if isinstance(layer, nn.GRU) else 1  # (states, last state)
        if layer in each_column:
            steps = output.shape[1]
        total += weights * places * steps

    counted = nn.Conv1d | nn.Conv2d | nn.Linear | nn.GRU | nn.GRUCell | nn.LSTMCell
    each_column = [
        layer
        for decoder in model.modules()
        if isinstance(decoder, AttentionDecoder)
        for layer in (decoder.column, decoder.score)
    ]
    tokens = torch.zeros(1, model.config.max_digits + 1, dtype=torch.int64, device=model.device)
    layers = [module for module in model.modules() if isinstance(module, counted)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            picture = torch.zeros(1, 3, *model.config.size, dtype=torch.uint8, device=model.device)
            model(picture, tokens if model.config.autoregressive else None)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return total
