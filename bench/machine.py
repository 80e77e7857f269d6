"""What the figures were measured on, and how quiet it was."""

import os
import pathlib
import platform


def cores():
    """Processors that this process may use: the number of sweep's default workers, too."""
    return len(os.sched_getaffinity(0))


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def instruction_sets():
    """The vector instructions that decide which kernels run."""
    wanted = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("flags", "Features")):
            flags = line.partition(":")[2].split()
            return [flag for flag in wanted if flag in flags]
    return []


def load_average():
    return os.getloadavg()[0]


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def busy_seconds():
    """Processor seconds that all processors were busy or taken away by the host (steal), since the machine started."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _wait, interrupt, soft_interrupt, steal = fields[:8]
    return (user + nice + system + interrupt + soft_interrupt + steal) / os.sysconf("SC_CLK_TCK")


class OtherWork:
    """The share of the machine that was used by anything but this program and its commands, from now on."""

    def __init__(self):
        self.begin = self.now()

    @staticmethod
    def now():
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return times.elapsed, busy_seconds() - own

    def share(self):
        (begin, others_begin), (end, others_end) = self.begin, self.now()
        return max(0.0, others_end - others_begin) / max(end - begin, 1e-9) / os.cpu_count()


def describe():
    return {
        "processor": processor(),
        "cores": cores(),
        "instruction_sets": instruction_sets(),
        "memory_gib": round(memory_gib(), 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_average_at_start": load_average(),
    }
