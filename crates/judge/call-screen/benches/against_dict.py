#!/usr/bin/env python3
"""A list of a million numbers against a Python dict, measured in one run.

    python3 crates/judge/call-screen/benches/against_dict.py

Makes the list, loads it into a dict and asks it, then has the example `screen_figures` do the same, and prints both and the
ratio.
"""

import csv
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
COUNT = 1_000_000


def measure_dict(path):
    """In a process of its own, so that its memory is its own."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with open(path, newline="") as file:
        numbers = {row[0]: row[1] for row in csv.reader(file)}
    load = (time.perf_counter() - start) * 1e3
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rng = random.Random(3)
    wanted = list(numbers)
    wanted += [f"0{rng.randrange(20, 999)}{rng.randrange(10**8):08}" for _ in range(COUNT)]
    rng.shuffle(wanted)
    start = time.perf_counter()
    hits = sum(1 for number in wanted if number in numbers)
    rate = len(wanted) / (time.perf_counter() - start)
    print(load, memory, rate, hits)


def main():
    if len(sys.argv) == 3:
        return measure_dict(sys.argv[2])
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "million.csv")
        with open(path, "w") as file:
            file.writelines(f"0{rng.randrange(20, 999)}{rng.randrange(10**8):08},Caller {i}\n" for i in range(COUNT))
        out = subprocess.run([sys.executable, __file__, "--dict", path], check=True, capture_output=True, text=True)
        load, memory, rate, _ = map(float, out.stdout.split())
        command = ["cargo", "run", "--release", "-q", "-p", "call-screen", "--example", "screen_figures", "--", path]
        ours = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    print(ours)

    def value(name):
        return float(re.search(rf"^{name} ([0-9.]+)", ours, re.MULTILINE).group(1))

    print(f"{'':<20}{'dict':>12}{'callblock':>12}{'ratio':>8}")
    print(f"{'load, ms':<20}{load:>12.0f}{value('load_ms'):>12.1f}{load / value('load_ms'):>8.1f}")
    print(f"{'memory, MB':<20}{memory:>12.0f}{value('memory_mb'):>12.1f}{memory / value('memory_mb'):>8.1f}")
    mine = value("lookups_per_second")
    print(f"{'lookups/s, million':<20}{rate / 1e6:>12.1f}{mine / 1e6:>12.1f}{mine / rate:>8.1f}")


if __name__ == "__main__":
    main()
