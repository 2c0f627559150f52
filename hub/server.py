"""The web process: Django's application under uvicorn, in this process. Django must be configured before. No page is made here."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable

import uvicorn
from django.core.asgi import get_asgi_application

BACKLOG = 64  # connections waiting to be taken; a shop has a handful of screens
GOODBYE_S = 5  # a page is made in milliseconds; whoever is still there after five seconds is not reading


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError if the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def url_of(door: socket.socket) -> str:
    """The address a browser uses for a listening socket."""
    host, port = door.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(door: socket.socket, *, ready: Callable[[], None], until_stdin_closes: bool = False) -> None:
    """Answer until SIGTERM or SIGINT, or until stdin is closed (by a parent process that has gone). `ready` is called once, before.

    To be called on the main thread: it owns the signals.
    """
    app = get_asgi_application()
    choices = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_S,
    )
    server = uvicorn.Server(choices)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: None)  # uvicorn raises the signal again when it has stopped: a clean end is no death
    if until_stdin_closes:
        threading.Thread(target=_stop_at_end_of_stdin, args=(server,), name="parent", daemon=True).start()
    ready()
    server.run(sockets=[door])


def _stop_at_end_of_stdin(server: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        continue
    server.should_exit = True
