"""What of a notebook's kernel a cell may ask for, where there is none: kernel, application, connection file.

They are made of ipykernel's own classes, without its sockets and threads, so that a notebook is answered as
it would be there. Nobody listens: what would be sent to the notebook's page goes nowhere.
"""

import json
import mmap
import os
import pdb
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import comm
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel as KernelBase
from ipykernel.zmqshell import KernelMagics
from IPython.core import release
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from IPython.extensions import storemagic
from jupyter_client.session import Session
from tornado.ioloop import IOLoop

NAME = str(uuid.UUID(int=0))
"""What names the session and its file; nothing here is drawn, so that each run shows the same."""
CONNECTION = {
    **dict.fromkeys(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), 0),
    "ip": "127.0.0.1",
    "transport": "tcp",
    "key": "",
    "signature_scheme": "hmac-sha256",
    "kernel_name": "python3",
    "jupyter_session": "",
}
"""What a connection file says, of a kernel to which no line leads."""


class Nowhere(Session):
    """The session of a kernel to which nobody listens."""

    def send(self, *_: Any, **__: Any) -> dict:
        """Send nothing."""
        return {}


class Kernel(KernelBase):
    """The kernel that a notebook asks its shell for."""

    implementation = "ipython"
    implementation_version = release.version
    banner = ""
    language_info = {"name": "python", "version": sys.version.split()[0], "file_extension": ".py"}  # noqa: RUF012
    shell: Any = None
    comm_manager: Any = None

    @property
    def io_loop(self) -> IOLoop:
        """The loop that runs the cells, as Tornado knows it."""
        return IOLoop.current()

    @property
    def execution_count(self) -> int:
        """The number of the cell that runs."""
        return self.shell.execution_count

    def do_shutdown(self, restart: bool) -> dict:
        """Agree, and go on: nobody is there to start another."""
        return {"status": "ok", "restart": restart}


class SharedMemory(mmap.mmap):
    """Memory that a process shares with those that it forks: a file without a name, whose size is counted."""

    def __new__(cls, fileno: int, length: int, flags: int = mmap.MAP_SHARED, *rest: Any, **more: Any) -> Any:
        """Map a file, as ever; or, where none is given, one of the submission's own folder."""
        if fileno != -1 or not flags & mmap.MAP_SHARED:
            return super().__new__(cls, fileno, length, flags, *rest, **more)
        with tempfile.TemporaryFile() as file:
            os.posix_fallocate(file.fileno(), 0, length)  # raises where there is no room
            return super().__new__(cls, file.fileno(), length, flags & ~mmap.MAP_ANONYMOUS, *rest, **more)


SharedMemory.__name__ = SharedMemory.__qualname__ = "mmap"
SharedMemory.__module__ = "mmap"


def give_kernel(shell: InteractiveShell) -> None:
    """Give the shell what a kernel's has: the kernel, its application, its magics."""
    application = IPKernelApp.instance()
    kernel = Kernel.instance(parent=application, session=Nowhere(parent=application, session=NAME))
    kernel.shell, kernel.comm_manager = shell, comm.get_comm_manager()
    application.kernel, application.shell = kernel, shell
    shell.kernel = kernel
    shell.register_magics(KernelMagics)
    storemagic.load_ipython_extension(shell)


def settle(shell: InteractiveShell, home: str, work: str) -> None:
    """Let the shell begin in the folder `work` and keep its files in `home`, a connection file among them."""
    mmap.mmap = SharedMemory
    pdb.Pdb.do_EOF = pdb.Pdb.do_continue  # nobody types: the cell goes on
    shell.user_ns["_dh"][:] = [Path(work)]
    shell.ipython_dir = f"{home}/.ipython"
    shell.profile_dir = ProfileDir(location=f"{home}/.ipython/profile_default")
    folder = f"{home}/.local/share/jupyter/runtime"
    os.makedirs(folder)
    file = f"{folder}/kernel-{NAME}.json"
    with open(file, "w", encoding="utf-8") as connection:
        json.dump(CONNECTION, connection, indent=1)
    application = IPKernelApp.instance()
    application.connection_dir, application.connection_file = folder, file
    shell.config.IPKernelApp.connection_file = file
    sys.argv[:] = ["ipykernel_launcher.py", "-f", file]
