"""Views to click through in a notebook; each has still pictures for where no kernel runs.

They show what `analysis` and `augment` make and compute no figures of their own. Each is one
anywidget with its scripts in `static/`; nothing is loaded from a network.
"""

from svhn_lib.widgets.augmentation_playground import AugmentationPlayground
from svhn_lib.widgets.camera_reader import CameraReader
from svhn_lib.widgets.confusion_explorer import ConfusionExplorer
from svhn_lib.widgets.error_browser import ErrorBrowser
from svhn_lib.widgets.photo_reader import PhotoReader

__all__ = [
    "AugmentationPlayground",
    "CameraReader",
    "ConfusionExplorer",
    "ErrorBrowser",
    "PhotoReader",
]
