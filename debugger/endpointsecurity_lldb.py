# SPDX-License-Identifier: Apache-2.0
"""lldb's side: the commands `es message`, `es pending` and `es respond`, and how the API's types are printed. lldb loads no
scripts with a library on Linux; a line in ~/.lldbinit does it:
    command script import /usr/local/share/endpointsecurity/debugger/endpointsecurity_lldb.py"""
import os
import sys
import time

import lldb

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import endpointsecurity_facts as facts

CALL_MICROSECONDS = 5000000


class LldbMemory(facts.Memory):
    def __init__(self, target):
        self.target, self.process = target, target.GetProcess()

    def read(self, address, size):
        error = lldb.SBError()
        got = self.process.ReadMemory(address, size, error)
        if error.Fail():
            # A core file leaves out what stands in the program's own files.
            error = lldb.SBError()
            got = self.target.ReadMemory(lldb.SBAddress(address, self.target), size, error)
        if error.Fail() or len(got) != size:
            raise facts.Problem(f'cannot read {size} bytes of memory at {address:#x}')
        return got

    def symbol(self, name):
        for context in self.target.FindSymbols(name):
            address = context.GetSymbol().GetStartAddress().GetLoadAddress(self.target)
            if address != lldb.LLDB_INVALID_ADDRESS:
                return address
        return None


def words(target):
    process = target.GetProcess()
    if not process.IsValid() or process.GetState() != lldb.eStateStopped:
        raise facts.Problem('there is no stopped process: attach to one, run one, or open a core file')
    live = process.GetPluginName() != 'elf-core'
    # A remote machine has another clock.
    local = live and target.GetPlatform().GetName() == 'host'
    return facts.Words(LldbMemory(target), live, time.monotonic_ns() if local else None)


def pointed_to_by_a_variable(said, thread):
    """The first message that a variable of the selected frame, or of one that called it, points to."""
    for frame in list(thread)[thread.GetSelectedFrame().GetFrameID():]:
        for variable in frame.GetVariables(True, True, False, True):
            if api_name(variable.GetType().GetPointeeType()) == 'es_message_t':
                found = said.living_at(variable.GetValueAsUnsigned())
                if found:
                    return found
    return None


def payload(target, message):
    """The event's own part as lines, where some code of the program brought its type."""
    of = target.FindFirstType('es_message_t')
    if not of.IsValid():
        return ['(the program was compiled without -g: the event\'s own part has no type to print it with)']
    value = target.CreateValueFromAddress('message', lldb.SBAddress(message.address, target), of)
    part = value.GetNonSyntheticValue().GetChildMemberWithName('event').GetChildMemberWithName(message.event()[1])
    if part.GetType().IsPointerType():
        part = part.Dereference()
    return [f'.{child.GetName()} = {shown(child)}' for child in part
            if child.GetName() and not child.GetName().startswith('reserved')]


def shown(value):
    return value.GetSummary() or value.GetValue() or str(value)


def message_command(target, _):
    said, thread = words(target), target.GetProcess().GetSelectedThread()
    message = said.handled_by(thread.GetThreadID()) or pointed_to_by_a_variable(said, thread)
    if message is None:
        raise facts.Problem('the selected thread handles no message; es pending lists all there are')
    return said.describe(message) + payload(target, message)


def pending_command(target, _):
    return words(target).pending()


def respond_command(target, rest):
    said = words(target)
    function, arguments = said.answer(rest)
    options = lldb.SBExpressionOptions()
    # The other threads stay where they are: only the answer is to happen.
    options.SetStopOthers(True)
    options.SetTryAllThreads(False)
    options.SetIgnoreBreakpoints(True)
    options.SetTimeoutInMicroSeconds(CALL_MICROSECONDS)
    call = '((int (*)(void *, void *, unsigned int, int)){})((void *){}, (void *){}, {}U, {})'
    frame = target.GetProcess().GetSelectedThread().GetSelectedFrame()
    value = frame.EvaluateExpression(call.format(said.process.memory.symbol(function), *arguments), options)
    if value.GetError().Fail():
        raise facts.Problem(f'the answer could not be given: {value.GetError().GetCString()}')
    return [f'message {rest[1]}: {facts.result_text(value.GetValueAsSigned())}']


def es(debugger, command, result, _):
    """Messages of an EndpointSecurity client, in a live process or a core file.

"""
    name, *rest = command.split() or ['']
    run = {'message': message_command, 'pending': pending_command, 'respond': respond_command}.get(name)
    if run is None or (rest and name != 'respond'):
        result.SetError(facts.USAGE)
        return
    try:
        result.AppendMessage('\n'.join(run(debugger.GetSelectedTarget(), rest)))
    except facts.Problem as problem:
        result.SetError(str(problem))


es.__doc__ += facts.USAGE


def plain(value):
    """What a pointer points to; none of what other scripts make of a value."""
    value = value.GetNonSyntheticValue()
    return value.Dereference() if value.GetType().IsPointerType() else value


def member(value, *names):
    for name in names:
        value = plain(value).GetChildMemberWithName(name)
    return value.GetNonSyntheticValue()


def token_words(value):
    return [member(value, 'val').GetChildAtIndex(word).GetValueAsUnsigned() for word in range(8)]


def read_string(value):
    length = min(member(value, 'length').GetValueAsUnsigned(), facts.TEXT_MAX)
    data = member(value, 'data').GetValueAsUnsigned()
    if not data or not length:
        return ''
    got = LldbMemory(value.GetTarget()).read(data, length)
    return facts.printable(got.decode(errors='backslashreplace'))


def string_token(value, _):
    return f'"{read_string(value)}"' if member(value, 'data').GetValueAsUnsigned() else 'absent'


def audit_token(value, _):
    return facts.token_text(token_words(value))


def event_type(value, _):
    return facts.short_name(value.GetValue() or 'unknown')


def file_summary(value, _):
    if value.GetType().IsPointerType() and not value.GetValueAsUnsigned():
        return 'NULL'
    cut = ' (truncated)' if member(value, 'path_truncated').GetValueAsUnsigned() else ''
    return f'"{read_string(member(value, "path"))}"{cut}'


def process_summary(value, _):
    if value.GetType().IsPointerType() and not value.GetValueAsUnsigned():
        return 'NULL'
    token = token_words(member(value, 'audit_token'))
    return f'{token[5]} (pidversion {token[7]}) {file_summary(member(value, "executable"), None)}'


def message_summary(value, _):
    return f'{event_type(member(value, "event_type"), None)} by {process_summary(member(value, "process"), None)}'


class MessageChildren:
    """All fields, but of `event` only the member that is meant."""

    def __init__(self, value, _):
        self.value, self.children = value, []

    def update(self):
        message = plain(self.value)
        is_auth = event_type(member(message, 'event_type'), None).startswith('AUTH_')
        self.children = []
        for child in message:
            if child.GetName() == 'event':
                part = child.GetChildMemberWithName(facts.member_name(member(message, 'event_type').GetValue() or ''))
                child = part if part.IsValid() else child
            if child.GetName() != 'opaque' and not (child.GetName() == 'action' and is_auth):
                self.children.append(child)

    def num_children(self):
        return len(self.children)

    def get_child_index(self, name):
        return next((index for index, child in enumerate(self.children) if child.GetName() == name), -1)

    def get_child_at_index(self, index):
        return self.children[index] if 0 <= index < len(self.children) else None


SUMMARIES = {'es_string_token_t': 'string_token', 'audit_token_t': 'audit_token', 'es_event_type_t': 'event_type',
             'es_file_t': 'file_summary', 'es_process_t': 'process_summary', 'es_message_t': 'message_summary'}


def api_name(of):
    return of.GetUnqualifiedType().GetName()


def __lldb_init_module(debugger, _):
    module = __name__
    debugger.HandleCommand(f'command script add --overwrite --function {module}.es es')
    for name, function in SUMMARIES.items():
        expand = ' --expand' if name == 'es_message_t' else ''
        debugger.HandleCommand(f'type summary add{expand} -w EndpointSecurity -F {module}.{function} {name}')
    debugger.HandleCommand(f'type synthetic add -w EndpointSecurity -l {module}.MessageChildren es_message_t')
    debugger.HandleCommand('type category enable EndpointSecurity')
