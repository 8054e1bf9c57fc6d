# SPDX-License-Identifier: Apache-2.0
"""Runs the steps of `make check` and ends with one line: N passed, N failed, N skipped."""
import os
import sys
import time
from collections import Counter

import results
from steps import LOGS, STEPS, run_step


def chosen_steps():
    only = os.environ.get('CHECK_ONLY', '').split()
    known = [step.name for step in STEPS]
    unknown = [name for name in only if name not in known]
    if unknown:
        sys.exit(f'check: CHECK_ONLY names no step: {" ".join(unknown)}. The steps are: {" ".join(known)}')
    return [step for step in STEPS if not only or step.name in only]


def report(step, cases, seconds):
    count = Counter(case.outcome for case in cases)
    summary = ', '.join(f'{count[outcome]} {outcome}' for outcome in ('passed', 'failed', 'skipped') if count[outcome])
    print(f'   {step.name}: {summary or "nothing to run"} in {seconds:.0f} s', flush=True)
    for case in cases:
        if case.outcome == 'skipped':
            print(f'   skipped {case.name}: {case.detail}')
        elif case.outcome == 'failed':
            print(f'   FAILED {case.name}')
            for line in case.detail.splitlines():
                print(f'      {line}')
    sys.stdout.flush()


def main():
    os.makedirs(LOGS, exist_ok=True)
    steps = chosen_steps()
    total, built = Counter(), {}
    for step in steps:
        print(f'== {step.name}: {step.reason}', flush=True)
        started = time.monotonic()
        cases = results.judge_skips(run_step(step, built), 'tests/skips')
        report(step, cases, time.monotonic() - started)
        total.update(case.outcome for case in cases)
    if total['failed']:
        print(f'whole logs: {LOGS}/ and build-check/*/meson-logs/')
    print(f'{total["passed"]} passed, {total["failed"]} failed, {total["skipped"]} skipped')
    return 1 if total['failed'] or not total['passed'] else 0


sys.exit(main())
