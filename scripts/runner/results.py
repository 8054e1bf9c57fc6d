# SPDX-License-Identifier: Apache-2.0
"""What the tests said: reads the log that meson keeps of each test program, counts every case, judges skips.

A case is a line of TAP, or a whole program where it speaks no TAP. A program that ends early, crashes, or
exits non-zero though all its cases passed, counts as one failed case more.
"""
import json
import re
from dataclasses import dataclass

TAP_CASE = re.compile(r'(not )?ok\b[ \t]*\d*[ \t]*-?[ \t]*([^#]*?)[ \t]*(?:#[ \t]*(skip|todo)\S*[ \t]*(.*))?$', re.I)
TAP_PLAN = re.compile(r'1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?$', re.I)
SKIP_REASON = re.compile(r'#\s*skipped:\s*(.*)$')
EXIT_SKIPPED = 77
LINES_SHOWN = 40


@dataclass
class Case:
    name: str
    outcome: str        # 'passed', 'failed' or 'skipped'
    detail: str = ''    # why: of a failure the end of the output, of a skip the reason


def tail(text):
    return '\n'.join(text.rstrip().splitlines()[-LINES_SHOWN:])


def tap_case(match, program, reason):
    bad, name, directive, rest = match.groups()
    if directive and directive.lower() == 'skip':
        # cmocka puts the case's name where others put the reason, and prints the reason before.
        name, rest = (name, rest) if name else (rest, reason)
        return Case(f'{program}/{name}', 'skipped', rest)
    return Case(f'{program}/{name}', 'failed' if bad else 'passed')


def read_tap(program, text):
    """The cases of a TAP stream, and how many it promised (None if it never said)."""
    cases, planned, reason = [], None, ''
    for line in text.splitlines():
        plan = TAP_PLAN.match(line)
        case = TAP_CASE.match(line)
        told = SKIP_REASON.match(line)
        if plan:
            planned = int(plan.group(1))
            if planned == 0:
                cases.append(Case(program, 'skipped', plan.group(2) or ''))
        elif case:
            cases.append(tap_case(case, program, reason))
            reason = ''
        elif told:
            reason = told.group(1)
    return cases, planned


def read_program(label, entry):
    """The cases of one test program, from its line in meson's log."""
    output = entry.get('stdout') or ''
    errors = entry.get('stderr') or ''
    whole = output + errors
    cases, planned = read_tap(label, output)
    if planned is None and not cases:
        if entry['returncode'] == EXIT_SKIPPED:
            last = whole.rstrip().splitlines()[-1:] or ['']
            return [Case(label, 'skipped', last[0])]
        outcome = 'passed' if entry['result'] in ('OK', 'EXPECTEDFAIL') else 'failed'
        return [Case(label, outcome, '' if outcome == 'passed' else f'{entry["result"]}\n{tail(whole)}')]
    failed = [case for case in cases if case.outcome == 'failed']
    ran = len(cases) if planned else 0
    if planned is None or ran < planned:
        cases.append(Case(label, 'failed', f'ended after {ran} of {planned} cases\n{tail(whole)}'))
    elif not failed and entry['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
        cases.append(Case(label, 'failed', f'{entry["result"]}, exit {entry["returncode"]}\n{tail(whole)}'))
    if failed:
        failed[0].detail = tail(whole)
    return cases


def labelled(step_and_suite, name):
    """Some programs bear their suite's name already."""
    suite = step_and_suite.split('/')[-1]
    return f'{step_and_suite}/{name.removeprefix(suite + "/")}'


def read_log(path, suite, expected):
    """The cases of a meson run of one suite. Every program of it that left no line in the log failed."""
    cases, seen = [], set()
    try:
        with open(path, encoding='utf-8', errors='replace') as log:
            entries = [json.loads(line) for line in log if line.strip()]
    except FileNotFoundError:
        entries = []
    for entry in entries:
        name = entry['name'].rsplit(' / ', 1)[-1]    # meson says "project:suite / name" where there are more suites
        seen.add(name)
        cases += read_program(labelled(suite, name), entry)
    for name in sorted(set(expected) - seen):
        cases.append(Case(labelled(suite, name), 'failed', 'was never run'))
    return cases


def judge_skips(cases, path):
    """A skip whose line, 'name: reason', is not in the committed list is a failure. A listed name may leave
    out the step: one line then stands for the case under every compiler."""
    try:
        with open(path, encoding='utf-8') as listed:
            allowed = {line.strip() for line in listed if line.strip() and not line.startswith('#')}
    except FileNotFoundError:
        allowed = set()
    for case in cases:
        names = (case.name, case.name.split('/', 1)[-1])
        if case.outcome == 'skipped' and not any(f'{name}: {case.detail}' in allowed for name in names):
            case.outcome = 'failed'
            case.detail = f'skipped ({case.detail or "no reason given"}), but not listed in tests/skips'
    return cases
