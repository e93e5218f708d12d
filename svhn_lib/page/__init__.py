"""The page: one folder of static files that reads photos in a browser, without a server.

Names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.page.folder import write_page
    from svhn_lib.page.runtime import find_registry

__all__ = ["find_registry", "write_page"]
_HOMES = {"find_registry": "runtime", "write_page": "folder"}
__getattr__ = lazy(__name__, _HOMES)
