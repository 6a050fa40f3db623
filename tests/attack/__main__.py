"""The attack on a whole year of a large organisation: `python -m tests.attack --staff 54046 --weeks 52`.

Prints each release with the time it took and the share of answers it shows, and then whatever the attacker learnt.
"""

import argparse
import sys
from collections import Counter
from time import process_time

from bot.disclosure import Earlier
from tests.attack.attacker import hold
from tests.attack.evidence import Survey, Truth
from tests.attack.released import kept, published
from tests.attack.year import year


def main() -> int:
    """Release, attack, report; 1 where something was found."""
    asked = _arguments().parse_args()
    surveys: list[Survey] = []
    truths: list[Truth] = []
    earlier: list[Earlier] = []
    for week in year(asked.staff, asked.weeks, response=asked.response, drift=asked.drift):
        began = process_time()
        survey, over, done = published(week, 5, tuple(earlier))
        took = process_time() - began
        earlier.append(kept(over, done))
        surveys.append(survey)
        truths.append(week.truth)
        loose = sum(one.loose for one in done.drawn)
        line = f"{week.code}: {took:5.1f} s, {len(done.drawn)} pieces, {loose} rounded"
        print(f"{line}, {survey.published.visible:.1%} visible", flush=True)
    began = process_time()
    findings = hold(surveys, truths)
    print(f"attack on {len(surveys)} surveys: {process_time() - began:.0f} s")
    print(dict(Counter(finding.kind for finding in findings)) or "nothing found")
    for finding in [f for f in findings if f.kind != "between-by-chance"][:20]:
        print(finding.kind, finding.survey, finding.question, finding.detail)
    return int(any(finding.kind != "between-by-chance" for finding in findings))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--staff", type=int, default=54_046)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--response", type=float, default=0.6)
    parser.add_argument("--drift", type=float, default=0.0, help="share of people who change their usual answer a week")
    return parser


if __name__ == "__main__":
    sys.exit(main())
