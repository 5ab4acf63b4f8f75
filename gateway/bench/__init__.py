"""`gateway bench`: what this gateway does on this machine, each figure beside the floor or the peer of the same run."""


def bench(only: str | None = None, *, as_json: bool = False) -> int:
    """Measure all, or one by its name; 1 where a count or a memory gate fails, however fast this machine is."""
    # The fresh processes that are measured import this package too, and must hold no more than the work needs.
    from gateway.bench.report import run  # noqa: PLC0415 - see above

    return run(only, as_json=as_json)
