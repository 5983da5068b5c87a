"""What holds for every test."""

import os
import signal
import sys

import hypothesis

# Where the environment forbids Python to keep what it compiled, each process that a test starts compiles all it needs.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("docurift", deadline=None)
hypothesis.settings.load_profile("docurift")


def pytest_configure() -> None:
    """Take Ctrl-C as usual in a shell's background job too: else the servers started here would ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
