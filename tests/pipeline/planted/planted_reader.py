"""A reader that a mail has taken over: it tries whatever a program may try, and says what it achieved.

Its orders are the mail: JSON with places outside that it must not reach. `python planted_reader.py` takes them on
standard input and carries them out without a sandbox, which shows that each attempt is one that can succeed.
"""

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from parser.mail import ParsedMail, ReadingContext
from parser.read import read as really_read

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
X86 = platform.machine() == "x86_64"
AT_FDCWD, AT_EMPTY_PATH = -100, 0x1000
ATTEMPTS: dict[str, Callable[[Any], object]] = {}
FOR_SOME: set[str] = set()
"""Attempts that need a privilege or a kernel with the feature: without a sandbox they may fail, too."""


def attempt(function: Callable[[Any], object]) -> Callable[[Any], object]:
    ATTEMPTS[function.__name__] = function
    return function


def for_some(function: Callable[[Any], object]) -> Callable[[Any], object]:
    FOR_SOME.add(function.__name__)
    return attempt(function)


def call(x86: int, arm: int, *arguments: Any) -> int:
    """A system call; pointers may be bytes."""
    made = [ctypes.c_char_p(one) if isinstance(one, bytes) else ctypes.c_long(one) for one in arguments]
    result = LIBC.syscall(ctypes.c_long(x86 if X86 else arm), *made)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


# Files.


@attempt
def open_a_private_file(at: Any) -> object:
    with open(at["secret"], "rb") as file:
        return file.read()


@attempt
def open_a_public_file(_: Any) -> object:
    with open("/etc/passwd", "rb") as file:
        return file.read()


@attempt
def open_by_a_link_in_proc(at: Any) -> object:
    return os.open(f"/proc/self/root{at['secret']}", os.O_RDONLY)


@attempt
def open_only_to_look(at: Any) -> object:
    return os.fstat(os.open(at["secret"], os.O_PATH)).st_size


@attempt
def list_a_folder(at: Any) -> object:
    return os.listdir(at["folder"])


@attempt
def stat_a_file(at: Any) -> object:
    return os.stat(at["secret"])


@attempt
def lstat_a_file(at: Any) -> object:
    return os.lstat(at["secret"])


@attempt
def stat_by_an_empty_path_that_is_none(at: Any) -> object:
    return call(262, 79, AT_FDCWD, at["secret"].encode(), bytes(256), AT_EMPTY_PATH)


@attempt
def statx_a_file(at: Any) -> object:
    return call(332, 291, AT_FDCWD, at["secret"].encode(), 0, 0x7FF, bytes(256))


@attempt
def ask_whether_a_file_may_be_read(at: Any) -> object:
    if not os.access(at["secret"], os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return True


@attempt
def look_at_a_file_system(at: Any) -> object:
    return os.statvfs(at["folder"])


@attempt
def read_a_link(_: Any) -> object:
    return os.readlink("/proc/self/exe")


@attempt
def list_attributes(at: Any) -> object:
    return os.listxattr(at["secret"])


@attempt
def watch_a_folder(at: Any) -> object:
    return call(254, 27, call(294, 26, 0), at["folder"].encode(), 0x100)


@attempt
def go_elsewhere(at: Any) -> object:
    return os.chdir(at["folder"])


@attempt
def write_a_file(at: Any) -> object:
    with open(f"{at['folder']}/written", "wb") as file:
        return file.write(b"x")


@attempt
def make_an_empty_file(at: Any) -> object:
    return os.open(f"{at['folder']}/new", os.O_CREAT | os.O_RDONLY)


@attempt
def make_a_file_without_a_name(at: Any) -> object:
    return os.open(at["folder"], os.O_TMPFILE | os.O_RDWR)


@attempt
def write_into_our_own_code(at: Any) -> object:
    return os.open(at["code"], os.O_WRONLY | os.O_APPEND)


@attempt
def change_a_mode(at: Any) -> object:
    return os.chmod(at["secret"], 0o600)


@attempt
def change_an_owner(at: Any) -> object:
    return os.chown(at["secret"], os.getuid(), -1)


@attempt
def change_a_time(at: Any) -> object:
    return os.utime(at["secret"])


@attempt
def cut_a_file(at: Any) -> object:
    return os.truncate(at["secret"], 100)


@attempt
def make_a_folder(at: Any) -> object:
    return os.mkdir(f"{at['folder']}/made")


@attempt
def make_a_pipe_with_a_name(at: Any) -> object:
    return os.mkfifo(f"{at['folder']}/fifo")


@attempt
def make_a_link(at: Any) -> object:
    return os.symlink("/etc/passwd", f"{at['folder']}/symlink")


@attempt
def make_a_second_name(at: Any) -> object:
    return os.link(at["secret"], f"{at['folder']}/second")


@attempt
def rename_a_file(at: Any) -> object:
    return os.rename(f"{at['folder']}/spare", f"{at['folder']}/spared")


@attempt
def remove_a_file(at: Any) -> object:
    return os.unlink(f"{at['folder']}/more")


@attempt
def make_a_file_in_memory(_: Any) -> object:
    return os.memfd_create("x")


@attempt
def ask_for_flags_of_code(at: Any) -> object:
    with open(at["code"], "rb") as file:
        # FS_IOC_GETFLAGS; its sister makes a file immutable.
        return call(16, 29, file.fileno(), 0x80086601, bytes(8))


# The network.


@attempt
def open_a_socket(_: Any) -> object:
    return socket.socket()


@attempt
def wait_for_connections(_: Any) -> object:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.listen()


@attempt
def send_a_datagram(_: Any) -> object:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        return sender.sendto(b"x", ("127.0.0.1", 9))


@attempt
def connect(at: Any) -> object:
    return socket.create_connection(("127.0.0.1", at["port"]), 5)


@attempt
def connect_within_the_machine(at: Any) -> object:
    return socket.socket(socket.AF_UNIX).connect(at["socket"])


@attempt
def connect_to_an_abstract_name(at: Any) -> object:
    return socket.socket(socket.AF_UNIX).connect("\0" + at["abstract"])


@attempt
def make_a_pair_of_sockets(_: Any) -> object:
    return socket.socketpair()


@for_some
def ask_the_kernel_by_netlink(_: Any) -> object:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)


@for_some
def begin_io_uring(_: Any) -> object:
    return call(425, 425, 8, bytes(120))


# Other processes.


@attempt
def read_the_environment_of_the_parent(at: Any) -> object:
    with open(f"/proc/{at['parent']}/environ", "rb") as file:
        return file.read()


@attempt
def read_our_own_environment(_: Any) -> object:
    with open("/proc/self/environ", "rb") as file:
        return file.read()


@attempt
def list_processes(_: Any) -> object:
    return os.listdir("/proc")


@attempt
def signal_the_parent(at: Any) -> object:
    return os.kill(at["parent"], 0)


@attempt
def signal_the_group(_: Any) -> object:
    return os.kill(0, 0)


@attempt
def queue_a_signal(at: Any) -> object:
    return call(129, 138, at["parent"], 0, struct.pack("iii", 0, 0, -1) + bytes(116))


@attempt
def hold_the_parent(at: Any) -> object:
    return os.pidfd_open(at["parent"])


@attempt
def ask_of_the_parent(at: Any) -> object:
    return os.getpgid(at["parent"]), os.sched_getaffinity(at["parent"])


@attempt
def change_limits_of_the_parent(at: Any) -> object:
    return resource.prlimit(at["parent"], resource.RLIMIT_CORE, resource.prlimit(at["parent"], resource.RLIMIT_CORE))


@for_some
def trace_the_parent(at: Any) -> object:
    # PTRACE_SEIZE, which stops nobody.
    return call(101, 117, 0x4206, at["parent"], 0, 0)


@for_some
def read_memory_of_the_parent(at: Any) -> object:
    vectors = struct.pack("QQ", ctypes.addressof(ctypes.create_string_buffer(8)), 8)
    return call(310, 270, at["parent"], vectors, 1, vectors, 1, 0)


def _child(pid: int) -> int:
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)[1]


@attempt
def fork(_: Any) -> object:
    return _child(os.fork())


@attempt
def clone(_: Any) -> object:
    return _child(call(56, 220, signal.SIGCHLD, 0, 0, 0, 0))


@attempt
def clone3(_: Any) -> object:
    return _child(call(435, 435, struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64))


@attempt
def start_a_program(_: Any) -> object:
    return subprocess.run(["/bin/true"], check=True)


@attempt
def spawn_a_program(_: Any) -> object:
    return os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


@attempt
def start_a_thread(_: Any) -> object:
    thread = threading.Thread(target=print)
    thread.start()
    return thread.join()


def execute(at: Any) -> object:
    """Not among the attempts: without a sandbox it would end them."""
    return os.execv("/bin/true", ["true"])


def execute_from_memory(at: Any) -> object:
    held = os.memfd_create("x")
    with open("/bin/true", "rb") as file:
        os.write(held, file.read())
    return os.execve(held, ["true"], {})


def execute_by_the_call(at: Any) -> object:
    pointers = (ctypes.c_char_p * 2)(b"true", None)
    return call(322, 281, AT_FDCWD, b"/bin/true", ctypes.addressof(pointers), 0, 0)


LAST = (execute, execute_from_memory, execute_by_the_call)


# The kernel.


@for_some
def mount(at: Any) -> object:
    call(165, 40, b"none", at["empty"].encode(), b"tmpfs", 0, 0)
    return call(166, 39, at["empty"].encode(), 0)


@for_some
def leave_the_file_system(at: Any) -> object:
    return os.chroot("/")


@for_some
def make_a_namespace(_: Any) -> object:
    return call(272, 97, 0x10000000)


@for_some
def add_a_key(_: Any) -> object:
    return call(248, 217, b"user", b"postdesk", b"x", 1, -3)


@for_some
def ask_for_a_key(_: Any) -> object:
    return call(250, 219, 0, -3, 1)


@for_some
def handle_page_faults(_: Any) -> object:
    return call(323, 282, 0)


@for_some
def load_a_bpf_program(_: Any) -> object:
    return call(321, 280, 0, struct.pack("IIII", 2, 4, 8, 1) + bytes(112), 128)


@for_some
def count_events(_: Any) -> object:
    return call(298, 241, struct.pack("IIQ", 1, 128, 0) + bytes(112), 0, -1, -1, 0)


@attempt
def become_another_personality(_: Any) -> object:
    return call(135, 92, 0x0040000)


@attempt
def become_visible_again(_: Any) -> object:
    return call(157, 167, 4, 1, 0, 0, 0)


@attempt
def map_machine_code(_: Any) -> object:
    return mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


@for_some
def damage_memory(_: Any) -> object:
    # MADV_HWPOISON, of no page at all.
    page = mmap.mmap(-1, 4096)
    return call(28, 233, ctypes.addressof(ctypes.c_char.from_buffer(page)), 0, 100)


@attempt
def share_memory(_: Any) -> object:
    return call(29, 194, 0, 4096, 0o600)


@attempt
def take_more_memory(_: Any) -> object:
    return resource.setrlimit(resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS))


@attempt
def own_a_descriptor(_: Any) -> object:
    return call(72, 25, 0, 8, os.getpid())


@for_some
def go_by_the_x32_table(_: Any) -> object:
    return call(0x40000000 + 39, 172) if X86 else None


def _machine_code() -> ctypes.Array[ctypes.c_char] | None:
    """`mov eax, 20; int 0x80; ret`: getpid by the 32-bit table, mapped before anything is forbidden."""
    if not X86:
        return None
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    return (ctypes.c_char * 4096).from_buffer(page)


CODE = _machine_code()


def call_by_the_32_bit_table() -> int:
    assert CODE is not None
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(CODE))())


# Orders.


def carried_out(orders: Any, *, to_the_end: bool) -> dict[str, str]:
    """Each attempt with the error that it met; "" where it succeeded."""
    outcomes = {}
    for tried in (*ATTEMPTS.values(), *(LAST if to_the_end else ())):
        try:
            tried(orders)
            outcomes[tried.__name__] = ""
        except (OSError, RuntimeError) as error:
            outcomes[tried.__name__] = f"{type(error).__name__}: {error}"
    return outcomes


def allowed() -> dict[str, str]:
    """What a reader may do all the same."""
    import colorsys  # of the standard library, and surely not loaded before

    with open(os.__file__, encoding="utf-8") as file:
        assert "def " in file.read()
    os.kill(os.getpid(), 0)
    return {"module": colorsys.__name__, "environment": json.dumps(dict(os.environ))}


def read(content: bytes, context: ReadingContext | None = None) -> ParsedMail:
    mail = really_read(b"Subject: hello\r\n\r\nGood morning.\r\n", ReadingContext())
    if content == b"allowed":
        return replace(mail, text=json.dumps(allowed()))
    if content == b"int 80":
        return replace(mail, text=str(call_by_the_32_bit_table()))
    if content.startswith(b"{"):
        return replace(mail, text=json.dumps(carried_out(json.loads(content), to_the_end=True)))
    return mail


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    given = json.load(sys.stdin)
    os.dup2(2, 1)
    shown = carried_out(given, to_the_end=False) | ({"int 80": str(call_by_the_32_bit_table())} if CODE else {})
    print(json.dumps(shown), file=answers, flush=True)
