"""`make bench`, or `python -m tests.bench`: every figure of the README's table in one run, with its goal."""

from __future__ import annotations

from tests.bench import importing, influx, processes


def main() -> None:
    """Print a row a figure: what, measured, goal."""
    memory, ready = processes.idling()
    tests, one = processes.testing()
    rows = (
        ("`monitor --help`", f"{processes.command('--help'):.2f} s", "0.15 s"),
        ("`monitor check` of 1,000 rules", f"{processes.checking():.2f} s", "0.5 s"),
        ("100 small rule tests, beyond the start for one", f"{tests - one:.2f} s", "1 s"),
        ("import of the shared data, read and stored", f"{importing.importing():,.0f} rows/s", "200,000 rows/s"),
        ("cold `monitor backtest`, all shipped rules, all shared data", f"{processes.backtesting():.2f} s", "2 s"),
        ("daemon idle, resident", f"{memory:.0f} MB", "70 MB"),
        ("daemon ready", f"{ready:.2f} s", "0.8 s"),
        *((label, f"{figure:,.1f}", goal) for label, figure, goal in influx.measure()),
    )
    print("| what | measured | goal |\n| --- | --- | --- |")  # noqa: T201
    for row in rows:
        print("| " + " | ".join(row) + " |")  # noqa: T201


if __name__ == "__main__":
    main()
