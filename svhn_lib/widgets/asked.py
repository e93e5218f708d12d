"""Views whose front end asks for things: each wish is answered, so that none is lost unseen."""

from __future__ import annotations

from typing import Any

from traitlets import TraitError

from svhn_lib.widgets.view import View


class Asked(View):
    """A view that answers every message of its front end, see `static/asking.js`.

    A message is `{"id": ..., "do": {"name": ..., ...}}`; its answer has the same number as `done`,
    and says in `problem` why the wish was not fulfilled, '' where it was.
    """

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._receive)

    def do(self, name: str, wish: dict[str, Any], buffers: list[memoryview]) -> dict[str, Any]:
        """Do what the front end asks for.

        Args:
            name: of the wish.
            wish: what else was said.
            buffers: bytes that came with it.

        Returns:
            What the answer is to say besides.

        Raises:
            ValueError, OSError, TraitError: it cannot be done; the message is shown.
        """
        raise NotImplementedError

    def _receive(self, _: View, asked: dict[str, Any], buffers: list[memoryview]) -> None:
        wish = dict(asked["do"])
        try:
            told = {"problem": "", **self.do(wish.pop("name"), wish, buffers)}
        except (ValueError, OSError, TraitError) as error:
            told = {"problem": str(error)}
        self.send({"done": asked["id"], **told})
