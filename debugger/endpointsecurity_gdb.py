# SPDX-License-Identifier: Apache-2.0
"""gdb's side: the commands `es message`, `es pending` and `es respond`, and how the API's types are printed. Loaded by gdb
itself with libEndpointSecurity (libEndpointSecurity-gdb.py.in)."""
import time

import endpointsecurity_facts as facts
import gdb


class GdbMemory(facts.Memory):
    def read(self, address, size):
        try:
            return bytes(gdb.selected_inferior().read_memory(address, size))
        except gdb.MemoryError:
            raise facts.Problem(f'cannot read {size} bytes of memory at {address:#x}') from None

    def symbol(self, name):
        try:
            return int(gdb.parse_and_eval(f'(unsigned long)&{name}'))
        except gdb.error:
            return None


def words():
    inferior = gdb.selected_inferior()
    connection = inferior.connection
    if connection is None or not inferior.pid:
        raise facts.Problem('there is no process: attach to one, run one, or open a core file')
    live = connection.type != 'core'
    # A remote machine has another clock.
    return facts.Words(GdbMemory(), live, time.monotonic_ns() if connection.type == 'native' else None)


def pointed_to_by_a_variable(said):
    """The first message that a variable of the selected frame, or of one that called it, points to."""
    frame = gdb.selected_frame()
    while frame is not None:
        try:
            block = frame.block()
        except RuntimeError:  # a frame without debug information
            block = None
        while block is not None and not block.is_global and not block.is_static:
            for symbol in block:
                if not (symbol.is_argument or symbol.is_variable) or symbol.type.code != gdb.TYPE_CODE_PTR:
                    continue
                if symbol.type.target().unqualified().name != 'es_message_t':
                    continue
                value = symbol.value(frame)
                found = None if value.is_optimized_out else said.living_at(int(value))
                if found:
                    return found
            block = block.superblock
        frame = frame.older()
    return None


def print_payload(message):
    """The event's own part, where some code of the program brought its type."""
    try:
        value = gdb.Value(message.address).cast(gdb.lookup_type('es_message_t').pointer()).dereference()
    except gdb.error:
        print('(the program was compiled without -g: the event\'s own part has no type to print it with)')
        return
    payload = value['event'][message.event()[1]]
    if payload.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        payload = payload.dereference()
    for field in payload.type.fields():
        if field.name and not field.name.startswith('reserved'):
            print(f'.{field.name} = {shown(payload[field.name])}')


def shown(value):
    """A pointer to a file or process as what it points to."""
    return readable(value).format_string(max_depth=3)


def readable(value):
    stripped = value.type.strip_typedefs()
    if stripped.code == gdb.TYPE_CODE_PTR and int(value) and api_name(stripped.target()) in PRINTERS:
        return value.dereference()
    return value


class EsCommand(gdb.Command):
    """Messages of an EndpointSecurity client, in a live process or a core file.

"""
    __doc__ += facts.USAGE

    def __init__(self):
        super().__init__('es', gdb.COMMAND_DATA, gdb.COMPLETE_NONE)

    def invoke(self, argument, from_tty):
        command, *rest = argument.split() or ['']
        run = {'message': self.message, 'pending': self.pending, 'respond': self.respond}.get(command)
        if run is None or (rest and command != 'respond'):
            raise gdb.GdbError(facts.USAGE)
        try:
            run(rest)
        except facts.Problem as problem:
            raise gdb.GdbError(str(problem)) from None

    @staticmethod
    def complete(text, word):
        return [name for name in ('message', 'pending', 'respond') if ' ' not in text and name.startswith(word)]

    @staticmethod
    def message(_):
        said, thread = words(), gdb.selected_thread()
        if thread is None:
            raise facts.Problem('no thread is selected')
        message = said.handled_by(thread.ptid[1] or thread.ptid[0]) or pointed_to_by_a_variable(said)
        if message is None:
            raise facts.Problem('the selected thread handles no message; es pending lists all there are')
        print('\n'.join(said.describe(message)))
        print_payload(message)

    @staticmethod
    def pending(_):
        print('\n'.join(words().pending()))

    @staticmethod
    def respond(rest):
        said = words()
        function, arguments = said.answer(rest)
        if gdb.selected_inferior().connection.type != 'native':
            # A call with gdbserver 13 in between, and a detach after it, have left the program crashing.
            raise facts.Problem('es respond is for a process of this machine; let it continue instead')
        locking = gdb.parameter('scheduler-locking')
        # The other threads stay where they are: only the answer is to happen.
        gdb.execute('set scheduler-locking on')
        try:
            call = '((int (*)(void *, void *, unsigned int, int))&{})((void *){}, (void *){}, {}U, {})'
            result = int(gdb.parse_and_eval(call.format(function, *arguments)))
        except gdb.error as error:
            raise facts.Problem(f'the answer could not be given: {error}') from None
        finally:
            gdb.execute(f'set scheduler-locking {locking}')
        print(f'message {rest[1]}: {facts.result_text(result)}')


class StringToken:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        length, data = int(self.value['length']), self.value['data']
        if not int(data):
            return 'absent'
        try:
            return data.lazy_string(length=min(length, facts.TEXT_MAX))
        except gdb.error as error:
            return f'<{error}>'

    @staticmethod
    def display_hint():
        return 'string'


class AuditToken:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return facts.token_text([int(self.value['val'][word]) for word in range(8)])


class EventType:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        number = int(self.value)
        for field in self.value.type.strip_typedefs().fields():
            if field.enumval == number:
                return facts.short_name(field.name)
        return f'event {number}'


class File:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return self.value['path'].format_string() + (' (truncated)' if self.value['path_truncated'] else '')


class ProcessPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        token, executable = self.value['audit_token']['val'], self.value['executable']
        path = executable.dereference()['path'].format_string() if int(executable) else 'unknown'
        return f'{int(token[5])} (pidversion {int(token[7])}) {path}'


class MessagePrinter:
    """All fields, but of `event` only the member that is meant."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return EventType(self.value['event_type']).to_string()

    def children(self):
        names = {int(field.enumval): field.name for field in self.value['event_type'].type.strip_typedefs().fields()}
        member = facts.member_name(names.get(int(self.value['event_type']), ''))
        for field in self.value.type.strip_typedefs().fields():
            name = field.name
            value = self.value[name]
            if name == 'opaque' or (name == 'action' and self.to_string().startswith('AUTH_')):
                continue
            if name == 'event' and any(member == other.name for other in value.type.strip_typedefs().fields()):
                name, value = f'event.{member}', value[member]
            yield name, readable(value)


PRINTERS = {'es_string_token_t': StringToken, 'audit_token_t': AuditToken, 'es_event_type_t': EventType,
            'es_file_t': File, 'es_process_t': ProcessPrinter, 'es_message_t': MessagePrinter}


def api_name(of):
    """The typedef of the API that this type is named by, or None."""
    while of.code == gdb.TYPE_CODE_TYPEDEF and of.unqualified().name not in PRINTERS:
        of = of.target()
    return of.unqualified().name


def printer(value):
    made = PRINTERS.get(api_name(value.type))
    return made(value) if made else None


printer.name = 'EndpointSecurity'
printer.enabled = True


def register():
    """For all object files: the types come from the program's debug information, not from the library's."""
    EsCommand()
    if not any(getattr(other, 'name', None) == printer.name for other in gdb.pretty_printers):
        gdb.pretty_printers.append(printer)
