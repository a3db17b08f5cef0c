"""HTTP/1.1 that waits for no request for ever: uvicorn's own timeout is for the rest between two requests alone."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Punctual(H11Protocol):
    """A connection that is closed where a request does not come whole in time: as many as the limit shut others out."""

    head_s = 10.0  # from the connection's beginning, or a later request's
    body_s = 30.0  # from the end of the head
    _awaited: object = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for the rest."""
        super().data_received(data)
        self._await()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        super().connection_lost(exc)
        if self._deadline is not None:
            self._deadline.cancel()

    def _await(self) -> None:
        """Set the deadline of what is to come now; what comes bit by bit keeps the one that it has."""
        awaited = self.conn.their_state
        if awaited is self._awaited:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        wait_s = {h11.IDLE: self.head_s, h11.SEND_BODY: self.body_s}.get(awaited)
        self._awaited, self._deadline = awaited, None
        if wait_s is not None:
            self._deadline = self.loop.call_later(wait_s, self.transport.close)
