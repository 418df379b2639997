"""``python -m benchmarks [NAME …]``: run the named benchmarks, or all, and print their ratios.

These machines are shared and noisy: ours and the peer run in turn, and medians are quoted.
"""

from __future__ import annotations

import sys

from benchmarks import charts, lists, london, surveillance, what_if

BENCHMARKS = {
    "charts": charts.charts,
    "import_monthly": london.import_monthly,
    "lists": lists.lists,
    "refresh_london": london.refresh_london,
    "surveillance": surveillance.surveillance,
    "what_if": what_if.what_if,
}


def main(names: list[str]) -> int:
    if unknown := set(names) - set(BENCHMARKS):
        print(f"There is no benchmark {sorted(unknown)}. There are: {', '.join(BENCHMARKS)}.")
        return 2
    for name in names or BENCHMARKS:
        print(f"{name}: {BENCHMARKS[name]()}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
