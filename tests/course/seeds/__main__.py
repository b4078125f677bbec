"""make seeds: every claim on ten seeds; exit status 1 if one of them does not always hold."""

import sys
import time

import seeds


def main() -> int:
    failed = 0
    for name, claim in seeds.collect().items():
        start = time.perf_counter()
        count = claim.count()
        failed += count < len(seeds.SEEDS)
        seconds = time.perf_counter() - start
        print(f"{count:2} of {len(seeds.SEEDS)}  {name}  ({seconds:.1f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
