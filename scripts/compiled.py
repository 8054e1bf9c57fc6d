# SPDX-License-Identifier: Apache-2.0
"""What the checks that follow paths share: the C files that a build compiles, and a memory of which were found clean, so that
only what changed (the file, a header of it, the rules) is looked at again."""
import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import sources

MODEL = f'{sources.SCRIPTS}/model'
TOP = os.path.realpath(sources.root())
BUILD = os.path.realpath(os.environ.get('BUILD', f'{TOP}/build'))
EXIT_SKIPPED = 77


class Compiled:
    """A file as the build compiles it: its path in the tree, and those of its options that tell what it means."""

    def __init__(self, path, entry):
        self.path = path
        self.file = entry['file']
        self.folder = entry['directory']
        words = shlex.split(entry['command'])
        self.options = [word for word in words if word.startswith(('-I', '-D', '-U', '-std', '-isystem', '-fblocks'))]

    def output(self, command):
        """What a command, run where the compiler was run, has to say."""
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False)
        return done.stdout if command[1] == '-E' else (done.stdout + done.stderr).decode(errors='replace')

    def meaning(self):
        """All that an analysis depends on: the file with its headers."""
        return self.output(['gcc', '-E', f'-I{MODEL}', *self.options, self.file])


def compiled():
    try:
        with open(f'{BUILD}/compile_commands.json', encoding='utf-8') as commands:
            entries = {entry['file']: entry for entry in json.load(commands)}
    except FileNotFoundError:
        print(f'no build to look at in {BUILD}')
        sys.exit(EXIT_SKIPPED)
    known = set(sources.files('*.c'))
    files = []
    for entry in entries.values():
        path = os.path.relpath(os.path.realpath(os.path.join(entry['directory'], entry['file'])), TOP)
        if path in known:
            files.append(Compiled(path, entry))
    return files


def complaints(rules, analyse, files):
    """What analyse(file) says of each. A file it says nothing about is remembered, under these rules, in the build."""
    memory = f'{BUILD}/{os.path.basename(sys.argv[0])}.clean'
    os.makedirs(memory, exist_ok=True)

    def judge(file):
        key = hashlib.sha256(rules.encode() + file.path.encode() + file.meaning()).hexdigest()
        if os.path.exists(f'{memory}/{key}'):
            return None
        said = analyse(file)
        if not said:
            with open(f'{memory}/{key}', 'w', encoding='utf-8'):
                pass
        return said

    with ThreadPoolExecutor(2) as pool:
        return [said for said in pool.map(judge, files) if said]
