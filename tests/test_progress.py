"""Steps are told one at a time, from whatever thread they come."""

from __future__ import annotations

import threading
import time

from assets.progress import listening, report


def test_a_listener_hears_one_step_at_a_time() -> None:
    """dbt runs models on several threads; a display that adds a stage must not meet another one doing so."""
    inside, most, heard = 0, 0, []

    def listener(step) -> None:  # type: ignore[no-untyped-def]
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        heard.append(step.message)
        inside -= 1

    with listening(listener):
        threads = [
            threading.Thread(target=lambda n=n: [report("Facts", f"{n} {i}") for i in range(20)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1 and len(heard) == 80
