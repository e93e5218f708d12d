"""Models: backbones as tables of blocks, heads, and the zoo of named networks.

Names are loaded when they are first used, so that the package itself costs no PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.models.blocks import Conv, Residual
    from svhn_lib.models.complexity import multiply_adds, parameter_count
    from svhn_lib.models.config import (
        AttentionConfig,
        GRUConfig,
        LSTMConfig,
        ModelConfig,
        ParallelConfig,
        PlaceConfig,
    )
    from svhn_lib.models.net import NumberNet, PlaceNet
    from svhn_lib.models.outputs import Maps
    from svhn_lib.models.zoo import MODELS, create_model, list_models, load_model, save_model

__all__ = [
    "MODELS",
    "AttentionConfig",
    "Conv",
    "GRUConfig",
    "LSTMConfig",
    "Maps",
    "ModelConfig",
    "NumberNet",
    "ParallelConfig",
    "PlaceConfig",
    "PlaceNet",
    "Residual",
    "create_model",
    "list_models",
    "load_model",
    "multiply_adds",
    "parameter_count",
    "save_model",
]
_HOMES = {
    "MODELS": "zoo",
    "AttentionConfig": "config",
    "Conv": "blocks",
    "GRUConfig": "config",
    "LSTMConfig": "config",
    "Maps": "outputs",
    "ModelConfig": "config",
    "NumberNet": "net",
    "ParallelConfig": "config",
    "PlaceConfig": "config",
    "PlaceNet": "net",
    "Residual": "blocks",
    "create_model": "zoo",
    "list_models": "zoo",
    "load_model": "zoo",
    "multiply_adds": "complexity",
    "parameter_count": "complexity",
    "save_model": "zoo",
}
__getattr__ = lazy(__name__, _HOMES)
