"""Whether an event is ever lost: API, workers, deliverers and database are killed at random while jobs go in.

    python -m bench.webhook_chaos [--minutes 5] [--rate 5] [--seed 1]

At the end every accepted job must have ended once, the log must have no gap, and the endpoint must have been sent every
event at least once, signed, under one id. The exit code says whether that is so.
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tests.support import chaos
from tests.support.client import client_of
from tests.support.service import Running, a_data_folder, running

SETTINGS = {
    "DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8",
    "DOCURIFT_WORKERS": "2",
    "DOCURIFT_DELIVERERS": "2",
    "DOCURIFT_LEASE_SECONDS": "5",
    "DOCURIFT_RENEW_SECONDS": "1",
    "DOCURIFT_RESCUE_SECONDS": "1",
}
PAUSE_SECONDS = (2.0, 6.0)
QUIET_SECONDS = 120.0


def disturb(service: Running, *, minutes: float, seed: int) -> Counter[str]:
    """How often each kind of process was killed."""
    choice, done = random.Random(seed), Counter[str]()  # noqa: S311 -- which process dies
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        time.sleep(choice.uniform(*PAUSE_SECONDS))
        fault = choice.choice(chaos.FAULTS)
        done[fault] += chaos.kill(service, fault)
    return done


def measured(folder: Path, *, minutes: float, rate: float, seed: int) -> tuple[Counter[str], chaos.Account]:
    """The kills, and the account after them."""
    inbox = chaos.Inbox()
    with running(folder, SETTINGS) as service, chaos.receiver(inbox) as url:
        client = client_of(service.base_url, service.data_dir)
        chaos.endpoint(client, url, inbox)
        submitting = chaos.Submitting(client, rate)
        thread = threading.Thread(target=submitting.run)
        thread.start()
        kills = disturb(service, minutes=minutes, seed=seed)
        submitting.stop.set()
        thread.join()
        return kills, chaos.account(client, submitting, inbox, seconds=QUIET_SECONDS)


def main() -> int:
    """Print the account; 1 if something is amiss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with a_data_folder() as folder:
        kills, account = measured(folder, minutes=asked.minutes, rate=asked.rate, seed=asked.seed)
    print(f"killed: {', '.join(f'{fault} {times}' for fault, times in sorted(kills.items()))}")
    for name in account.__dataclass_fields__:
        value = getattr(account, name)
        print(f"{name.replace('_', ' ')}: {len(value) if isinstance(value, list) else value}")
    return 0 if account.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
