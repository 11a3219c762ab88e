"""Every request to stop ends a command in the same way, by KeyboardInterrupt."""

from __future__ import annotations

import signal


def stop_by_signals() -> None:
    """Have SIGTERM and SIGHUP raise KeyboardInterrupt in the main thread, as Ctrl-C does.

    A hangup that whoever started this process had it ignore (nohup) stays ignored.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)
