"""A way to PostgreSQL on which the answer to a COMMIT is lost: it was done, and nobody hears of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from psycopg.conninfo import conninfo_to_dict


class Lossy:
    """A proxy before a server; `lose` says how many answers to come are lost, of transactions that say `about`."""

    def __init__(self, url: str, *, about: bytes) -> None:
        self._about = about
        known = conninfo_to_dict(url)
        self._server = f"{known['host']}/.s.PGSQL.{known.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.lose = 0
        self.lost = 0
        user = known.get("user", "postgres")
        self.url = f"postgresql://{user}@127.0.0.1:{self._listener.getsockname()[1]}/{known['dbname']}?sslmode=disable"

    def serve(self) -> None:
        """Take connections until it is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connected, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _connected(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._server)
        committing = threading.Event()
        back = threading.Thread(target=self._answers, args=(server, client, committing), daemon=True)
        back.start()
        with closing(client), closing(server), suppress(OSError):
            is_meant = False
            while asked := client.recv(1 << 16):
                is_meant = is_meant or self._about in asked
                if b"COMMIT" in asked:
                    if is_meant and self.lose:
                        self.lose -= 1
                        committing.set()
                    is_meant = False
                server.sendall(asked)
        back.join()

    def _answers(self, server: socket.socket, client: socket.socket, committing: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(1 << 16):
                if committing.is_set():
                    self.lost += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(answer)


@contextmanager
def lossy(url: str, *, about: bytes) -> Iterator[Lossy]:
    """Open such a way to the server of `url`, which listens on a Unix socket."""
    way = Lossy(url, about=about)
    serving = threading.Thread(target=way.serve, daemon=True)
    serving.start()
    try:
        yield way
    finally:
        way.close()
        serving.join()
