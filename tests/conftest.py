"""What holds for every test."""

import signal


def pytest_configure() -> None:
    """Take Ctrl-C as usual in a shell's background job too: else the servers started here would ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
