"""What the processes of a run may use, and the loopback they may have for themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What each process may use: bytes of address space and of a file, open files, seconds of CPU."""

    address_space: int = 4 << 30
    file_size: int = 256 << 20
    open_files: int = 4096
    cpu_seconds: int = 120

    def as_resources(self) -> dict[str, tuple[int, int]]:
        """Soft and hard limit by name, see setrlimit(2)."""
        return {
            "RLIMIT_AS": (self.address_space, self.address_space),
            "RLIMIT_FSIZE": (self.file_size, self.file_size),
            "RLIMIT_NOFILE": (self.open_files, self.open_files),
            "RLIMIT_CPU": (self.cpu_seconds, self.cpu_seconds + 1),  # SIGXCPU says why, a second before SIGKILL
            "RLIMIT_CORE": (0, 0),
        }


@dataclass(frozen=True)
class Network:
    """A private network: bytes of its MTU, and how many segments it may carry as one. None leaves what Linux chose."""

    mtu: int | None = None
    max_segments: int | None = None
