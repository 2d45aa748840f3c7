"""Where the service listens."""

from __future__ import annotations

import pytest

from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.errors import UsageError
from tagwright.model import Config
from tagwright.serve.house import House
from tagwright.serve.web.listening import Listening
from tests.support.agendas import Desk


@pytest.mark.parametrize("listen", ["foo", "127.0.0.1:http", "127.0.0.1:99999", "127.0.0.1:", ":"])
def test_what_is_no_address_is_said(listen: str) -> None:
    """With what was expected, not what a library says."""
    desk = Desk([])
    house = House(Config(), desk.agenda, Board(Cache(), lambda: desk.now), lambda: desk.now)
    with pytest.raises(UsageError, match="expected an address and a port"):
        Listening(house, listen)
