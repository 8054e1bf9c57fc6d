# SPDX-License-Identifier: Apache-2.0
"""What the checks written in Python share: the tree's files, and C without its comments and strings."""
import os
import re
import subprocess
import sys

SCRIPTS = os.path.dirname(os.path.abspath(__file__))
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)

# What begins in a header's first column and ends with a semicolon; a structure's braces may be three deep.
DECLARATION = re.compile(r'^[A-Za-z_](?:[^;{}]|\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\})*;', re.M)
PREPROCESSOR = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*|^ES_\w+_DECLARATIONS$', re.M)


def root():
    """The tree to look at: the first argument, or the one these scripts are in."""
    return sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(SCRIPTS)


def files(*patterns):
    listing = subprocess.run([f'{SCRIPTS}/files', root(), *patterns], check=True, capture_output=True, text=True)
    return listing.stdout.splitlines()


def read(path):
    with open(os.path.join(root(), path), encoding='utf-8', errors='replace') as text:
        return text.read()


def blank(match):
    """As many newlines as were there, so that line numbers stay; strings keep their quotes and length."""
    text = match.group(0)
    if text[0] in '"\'':
        return text[0] + ' ' * (len(text) - 2) + text[0]
    return re.sub(r'[^\n]', ' ', text)


def code(text):
    """C with comments and the insides of strings blanked, character for character."""
    return COMMENT_OR_STRING.sub(blank, text)


def uncommented(text):
    """C with comments blanked, strings kept."""
    return COMMENT_OR_STRING.sub(lambda match: match.group(0) if match.group(0)[0] in '"\'' else blank(match), text)


def declarations(text):
    """Where each prototype and type definition of a header begins, its name, and whether it is a type's."""
    for match in DECLARATION.finditer(PREPROCESSOR.sub(blank, code(text))):
        declaration = match.group(0)
        is_type = declaration.startswith('typedef')
        if is_type:
            pointer = re.search(r'\(\s*[*^]\s*(\w+)\s*\)', declaration)
            name = pointer or re.search(r'(\w+)\s*(?:\[[^\]]*\])*;$', declaration)
        else:
            name = re.search(r'(\w+)\s*\(', declaration)
        if name:
            yield match.start(), name.group(1), is_type


def closing(text, opening):
    """Where the parenthesis opened at this index is closed."""
    depth = 0
    for index in range(opening, len(text)):
        depth += {'(': 1, ')': -1}.get(text[index], 0)
        if depth == 0:
            return index
    return len(text)


def line_of(text, index):
    return text.count('\n', 0, index) + 1


def finish(complaints):
    """Prints what is wrong; the exit code says whether anything is."""
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
