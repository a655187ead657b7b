"""Waiting for a database that another program uses: said after a moment, given up after half a minute.

It holds for every gradebook that is opened in a process that imports this, by nbgrader's own commands too.
"""

import sys
import threading
from typing import Any

from sqlalchemy import Connection, Engine, Pool, event
from sqlalchemy.engine import Dialect

PATIENCE = 30
"""Seconds that are waited for a lock, or for a server that does not answer."""
SAID_AFTER = 5.0
"""Seconds after which a person is told what is waited for."""

_here = threading.local()


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Dialect, _: object, arguments: list, options: dict[str, Any]) -> Any:
    """Connect, with bounds for what the database would wait for."""
    is_server = dialect.name == "postgresql"
    if is_server:
        options.setdefault("connect_timeout", PATIENCE)
        options.setdefault("tcp_user_timeout", 1000 * PATIENCE)
    elif dialect.name == "sqlite":
        options.setdefault("timeout", PATIENCE)
    _begin(options.get("dbname") or arguments, options.get("host"))
    try:
        connection = dialect.connect(*arguments, **options)
        if is_server and "lock_timeout" not in options.get("options", ""):
            connection.cursor().execute(f"SET lock_timeout = '{PATIENCE}s'")
            connection.commit()
        return connection
    finally:
        _end()


@event.listens_for(Engine, "before_cursor_execute")
@event.listens_for(Engine, "commit")
def _ask(connection: Connection, *_: object) -> None:
    _begin(connection.engine.url.database, connection.engine.url.host)


@event.listens_for(Engine, "after_cursor_execute")
@event.listens_for(Engine, "handle_error")
@event.listens_for(Engine, "rollback")
@event.listens_for(Pool, "reset")
def _answered(*_: object) -> None:
    _end()


def _begin(database: object, host: object) -> None:
    _end()
    name = database[0] if isinstance(database, list) and database else database
    _here.timer = threading.Timer(SAID_AFTER, _say, [f"{name} on {host}" if host else name])
    _here.timer.daemon = True
    _here.timer.start()


def _end() -> None:
    if timer := getattr(_here, "timer", None):
        timer.cancel()


def _say(name: object) -> None:
    from tqdm import tqdm

    said = f"waiting for the gradebook {name}: another program has locked it, or it does not answer"
    tqdm.write(said, file=sys.stderr)  # above a progress bar, where there is one
