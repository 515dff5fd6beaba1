"""Takes from this process every right that a query could abuse; what a platform lacks is left out.

Order matters: empty folder, unprivileged user, resource limits, no_new_privs, and last the system call filter.
"""

import codecs
import contextlib
import ctypes
import os
import platform
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_NOBODY = 65534


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when the thread that started it ends; leave if it already has."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def confine(memory_mb: int, parent: int) -> None:
    """Give up files, user, new processes and memory beyond `memory_mb` megabytes above what is in use."""
    for number in (signal.SIGALRM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    for name in ("ascii", "utf-8", "latin-1"):
        codecs.lookup(name)  # imported from files at first use
    os.environ["TZ"] = "UTC"
    time.tzset()
    _empty_folder()
    _unprivileged_user()
    die_with_parent(parent)  # again: the kernel forgets it when the user changes
    _limit_resources(memory_mb)
    if sys.platform == "linux" and _prctl(_PR_SET_NO_NEW_PRIVS, 1):
        _filter_system_calls()


def _prctl(option: int, value: int) -> bool:
    try:
        return bool(ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _empty_folder() -> None:
    """Work in a folder that is empty and already deleted, so that nothing stays behind and nothing can be made."""
    with contextlib.suppress(OSError):
        folder = tempfile.mkdtemp(prefix="source2synth-")
        os.chdir(folder)
        os.rmdir(folder)


def _unprivileged_user() -> None:
    if os.geteuid() != 0:
        return
    with contextlib.suppress(OSError):  # a container may forbid it; the other walls stand
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _limit_resources(memory_mb: int) -> None:
    wanted = {"AS": _address_space() + memory_mb * 1_000_000, "NPROC": 0, "CORE": 0, "FSIZE": 0, "NOFILE": 0}
    for name, value in wanted.items():
        limit = getattr(resource, f"RLIMIT_{name}", None)
        if limit is None:
            continue
        with contextlib.suppress(OSError, ValueError):  # macOS knows but does not take RLIMIT_AS
            resource.setrlimit(limit, (value, value))


def _address_space() -> int:
    """Bytes of address space in use; a guess where /proc is missing."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except OSError:
        return 500_000_000
    return pages * os.sysconf("SC_PAGE_SIZE")


# System calls that a query may need, by machine: x86-64 and aarch64 numbers. Everything else fails with EPERM.
_CALLS = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "mmap": (9, 222),
    "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "readv": (19, 65), "writev": (20, 66),
    "sched_yield": (24, 124), "mremap": (25, 216), "madvise": (28, 233), "nanosleep": (35, 101),
    "setitimer": (38, 103), "getpid": (39, 172), "exit": (60, 93), "gettimeofday": (96, 169), "getrusage": (98, 165),
    "sysinfo": (99, 179), "getppid": (110, 173), "sigaltstack": (131, 132), "gettid": (186, 178),
    "futex": (202, 98), "sched_getaffinity": (204, 123), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115), "exit_group": (231, 94), "getrandom": (318, 278), "membarrier": (324, 283),
    "rseq": (334, 293),
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1), "arm64": (0xC00000B7, 1)}
_LOAD, _JUMP_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050001, 0x80000000


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def _filter_system_calls() -> bool:
    """Install the seccomp filter; False where the platform or the container has none."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.maxsize < 2**32:
        return False
    architecture, column = machine
    numbers = [pair[column] for pair in _CALLS.values()]
    # Offsets: 4 is the architecture, 0 the number. x32 calls have numbers of their own and meet no equality.
    program = [(_LOAD, 0, 0, 4), (_JUMP_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    for position, number in enumerate(numbers):
        program.append((_JUMP_EQUAL, len(numbers) - position, 0, number))
    program += [(_RETURN, 0, 0, _DENY), (_RETURN, 0, 0, _ALLOW)]
    instructions = (_Instruction * len(program))(*[_Instruction(*line) for line in program])
    return _install(_Program(len(program), instructions), 277 if column else 317)


def _install(program: _Program, seccomp: int) -> bool:
    """Filter all threads of the process (the call `seccomp`), or where the kernel cannot, this one."""
    try:
        if ctypes.CDLL(None).syscall(ctypes.c_long(seccomp), 1, 1, ctypes.byref(program)) == 0:
            return True
        return bool(ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)
    except (OSError, AttributeError):
        return False
