# SPDX-License-Identifier: Apache-2.0
"""The steps of `make check`, from cheap to dear, each with the reason it is there."""
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from glob import glob

import results

BUILDS = 'build-check'
LOGS = f'{BUILDS}/logs'
LINT_AT_ONCE = 2
STEP_LIMIT_SECONDS = 40 * 60


@dataclass
class Step:
    name: str
    reason: str
    build: str = 'gcc'          # which of build-check/* it runs in
    suites: tuple = ()          # of meson's tests
    environment: dict = field(default_factory=dict)
    slower: int = 1             # how much longer a test may take there


STEPS = (
    Step('lint', 'seconds only, and what they find would hide the rest'),
    Step('unit', 'each part alone, without rights: points at the broken line', suites=('unit',)),
    Step('headers', 'what a client compiles against: names, values and layout of macOS', suites=('headers',)),
    Step('commands', 'what a person types, and the checks themselves', suites=('scripts', 'commands')),
    Step('system', 'the whole chain on the real kernel, through the public API', suites=('system',)),
    Step('address', 'memory errors, leaks and undefined behaviour that a passing test hides', build='address',
         suites=('unit', 'system'), slower=4, environment={
             'ASAN_OPTIONS': 'detect_leaks=1:abort_on_error=1:strict_string_checks=1',
             'UBSAN_OPTIONS': 'halt_on_error=1:abort_on_error=1:print_stacktrace=1'}),
    Step('thread', 'races: the library answers from any thread', build='thread',
         suites=('unit', 'system'), slower=6, environment={'TSAN_OPTIONS': 'halt_on_error=1:abort_on_error=1'}),
    Step('fuzz', 'what a hostile peer may write, 30 seconds a parser', build='fuzz', suites=('fuzz',)),
    Step('guest', 'the kernels people run, not only the one below this machine', suites=('guest',)),
)

COMPILERS = {
    'gcc': ('gcc', ('-Dguest=true',)),
    'address': ('clang-19', ('-Db_sanitize=address,undefined', '-Db_lundef=false')),
    'thread': ('clang-19', ('-Db_sanitize=thread', '-Db_lundef=false')),
    'fuzz': ('clang-19', ('-Db_sanitize=address,undefined', '-Db_lundef=false', '-Dfuzz=true', '-Dtests=disabled')),
}


def run(command, log, environment=None):
    """Runs a command without input, its output into a file. Returns its exit code and what it wrote."""
    path = f'{LOGS}/{log}.log'
    with open(path, 'w', encoding='utf-8') as output:
        try:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                  env={**os.environ, **(environment or {})}, timeout=STEP_LIMIT_SECONDS,
                                  check=False).returncode
        except (OSError, subprocess.TimeoutExpired) as error:
            output.write(f'{error}\n')
            code = 1
    with open(path, encoding='utf-8', errors='replace') as output:
        return code, output.read()


def build(name):
    """Configures and builds build-check/NAME: one case."""
    compiler, options = COMPILERS[name]
    folder = f'{BUILDS}/{name}'
    code, text = run(['scripts/configure', folder, '-Dwerror=true', '-Dtests=enabled', *options], f'configure-{name}', {'CC': compiler})
    if code == 0:
        code, text = run(['ninja', '-C', folder], f'build-{name}')
    return results.Case(f'build/{name}', 'failed' if code else 'passed', results.tail(text) if code else '')


def lint_one(script):
    name = os.path.basename(script)
    code, text = run([script], name, {'BUILD': f'{BUILDS}/gcc'})
    if code == results.EXIT_SKIPPED:
        return results.Case(f'lint/{name}', 'skipped', (text.rstrip().splitlines() or [''])[-1])
    return results.Case(f'lint/{name}', 'failed' if code else 'passed', results.tail(text) if code else '')


def lint():
    with ThreadPoolExecutor(LINT_AT_ONCE) as pool:
        return list(pool.map(lint_one, sorted(glob('scripts/check-*'))))


def suites_of_tests(folder):
    """The tests of a build, as pairs of name and suites."""
    listing = subprocess.run(['meson', 'introspect', '--tests', folder], stdin=subprocess.DEVNULL,
                             capture_output=True, check=True, text=True).stdout
    return [(test['name'], {label.split(':')[-1] for label in test['suite']}) for test in json.loads(listing)]


def strays():
    """A test in a suite that no step runs would never run: one case."""
    run_by_a_step = {suite for step in STEPS for suite in step.suites}
    names = [name for name, suites in suites_of_tests(f'{BUILDS}/gcc') if not suites & run_by_a_step]
    return results.Case('lint/suites', 'failed' if names else 'passed',
                        f'in no suite that a step runs: {", ".join(names)}' if names else '')


def run_suite(step, suite):
    folder = f'{BUILDS}/{step.build}'
    names = [name for name, suites in suites_of_tests(folder) if suite in suites]
    if not names:
        return []
    label = f'{step.name}-{suite}'
    log = f'{folder}/meson-logs/{label}.json'
    if os.path.exists(log):
        os.unlink(log)
    run(['meson', 'test', '-C', folder, '--no-rebuild', '--suite', suite, '--logbase', label, '--num-processes', '2',
         '--timeout-multiplier', str(step.slower)], label, step.environment)
    prefix = suite if step.name in (suite, 'commands') else f'{step.name}/{suite}'
    return results.read_log(log, prefix, names)


def prepare_guest():
    """Kernels and the image are fetched here, so that a failure is told apart from a failing test."""
    if not os.path.exists('tests/guest/prepare'):
        return []
    code, text = run(['scripts/install-dependencies', 'guest'], 'prepare-guest', {'BUILD': f'{BUILDS}/gcc'})
    return [results.Case('guest/prepare', 'failed' if code else 'passed', results.tail(text) if code else '')]


def run_step(step, built):
    """All cases of a step, with its build where that is the first to need it."""
    cases = []
    if step.build not in built:
        built[step.build] = build(step.build)
        cases.append(built[step.build])
    if step.name == 'lint':
        cases += lint()
        if built['gcc'].outcome == 'passed':
            cases.append(strays())
    if step.name == 'guest':
        cases += prepare_guest()
    if built[step.build].outcome == 'passed':
        for suite in step.suites:
            cases += run_suite(step, suite)
    return cases
