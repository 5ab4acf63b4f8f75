"""How many posts a second the simulator serves to one kept-alive client: `python -m tests.lab.rate`.

Pinned to one core (`taskset -c 0`) it shows client and simulator together; it prints, and asserts nothing.
"""

import json
import resource
import tempfile
import time
from pathlib import Path

import urllib3

from gateway.lab.process import Simulator

BODY = {"business_key": "PO-7", "revision": 0, "partner": "acme", "document": {"lines": [{"n": n} for n in range(20)]}}


def posts_per_second(lab: Simulator, posts: int, run: str) -> float:
    """Post `posts` new documents over one connection."""
    body = json.dumps(BODY)
    pool = urllib3.connection_from_url(lab.url, retries=False)
    start = time.perf_counter()
    for n in range(posts):
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{run}-{n}"}
        pool.urlopen("POST", "/documents/850", body=body, headers=headers)
    taken = time.perf_counter() - start
    pool.close()
    return posts / taken


def main() -> None:
    """Print the start-up time, three rates, and the simulator's own CPU per post."""
    runs, posts = 3, 3000
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with Simulator.start(Path(folder) / "lab.db") as lab:
            print(f"started in {(time.perf_counter() - start) * 1000:.0f} ms")  # noqa: T201
            for run in range(runs):
                print(f"{posts_per_second(lab, posts, f'run{run}'):.0f} posts/s")  # noqa: T201
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{(spent.ru_utime + spent.ru_stime) / (runs * posts) * 1e6:.0f} us of CPU per post")  # noqa: T201


if __name__ == "__main__":
    main()
