# SPDX-License-Identifier: Apache-2.0
"""What a debugger can say of the clients and messages of a process, live or in a core file, whichever debugger it is.

Reads memory alone, by the names and numbers that the library keeps for this (library/client/debugger.c), so no debug
information is needed. A debugger gives a `Memory`; endpointsecurity_gdb.py and endpointsecurity_lldb.py are the two there are."""
import struct

ALLOW, DENY = 'allow', 'deny'
TEXT_MAX = 4096
LIST_MAX = 100000  # rows of a list that is read at most: memory of a core may be damaged


class Problem(Exception):
    """Said to the person as it is."""


class Memory:
    """What is needed of a debugger."""

    def read(self, address, size):
        """Bytes, all of them, or a Problem."""
        raise NotImplementedError

    def symbol(self, name):
        """An address, or None."""
        raise NotImplementedError

    def unsigned(self, address, size=8):
        return int.from_bytes(self.read(address, size), 'little')

    def text(self, address, most=TEXT_MAX):
        """A C string."""
        got, size = b'', 64
        while address and len(got) < most:
            try:
                piece = self.read(address, size)
            except Problem:
                # What is readable may end anywhere behind the text.
                if size == 1:
                    raise
                size //= 2
                continue
            end = piece.find(b'\0')
            if end >= 0:
                got += piece[:end]
                break
            got += piece
            address += size
        return got[:most].decode(errors='backslashreplace')


def printable(text):
    """Names of files come from anybody; a terminal is not to obey them."""
    return ''.join(letter if letter.isprintable() else '?' for letter in text)


class Process:
    """The library's side of one process."""

    def __init__(self, memory):
        self.memory = memory
        self.facts = self._read_facts()
        if self.facts.get('version') != 1:
            raise Problem('libEndpointSecurity is of a version this script does not know')

    def _read_facts(self):
        place = self.memory.symbol('es_debugger_facts')
        if place is None:
            raise Problem('no libEndpointSecurity is loaded in this process, or not yet')
        facts = {}
        while len(facts) < 1000:
            name, number = struct.unpack('<QQ', self.memory.read(place, 16))
            if not name:
                return facts
            facts[self.memory.text(name)] = number
            place += 16
        raise Problem('the facts of libEndpointSecurity make no sense')

    def number(self, base, fact, size=8):
        return self.memory.unsigned(base + self.facts[fact], size)

    def string(self, address):
        """An es_string_token_t."""
        length = min(self.number(address, 'string.length'), TEXT_MAX)
        data = self.number(address, 'string.data')
        return printable(self.memory.read(data, length).decode(errors='backslashreplace')) if length and data else ''

    def file(self, address):
        """The path of an es_file_t."""
        return self.string(address + self.facts['file.path']) if address else ''

    def actor(self, address):
        """An es_process_t as "PID PATH"."""
        if not address:
            return 'nobody'
        token = address + self.facts['process.audit_token']
        return f'{self.memory.unsigned(token + 20, 4)} {self.file(self.number(address, "process.executable"))}'

    def event(self, number):
        """("AUTH_OPEN", "open")."""
        if number >= self.facts['events.count']:
            return f'event {number}', ''
        row = self.facts['events'] + number * self.facts['event.size']
        constant, member = (self.memory.text(self.number(row, f'event.{name}')) for name in ('constant', 'member'))
        return constant or f'event {number}', member

    def clients(self):
        place = self.memory.unsigned(self.facts['clients'])
        found = []
        while place and len(found) < LIST_MAX:
            found.append(Client(self, place))
            place = self.number(place, 'client.next')
        return found

    def messages(self):
        """Those that live, in the order in which they were told."""
        count = self.facts['blocks.count']
        places = struct.unpack(f'<{count}Q', self.memory.read(self.facts['blocks'], 8 * count))
        found = [Message(self, place) for place in places if place]
        return sorted((message for message in found if message.is_told()), key=lambda message: message.order())


class Client:
    """One es_client_t."""

    def __init__(self, process, address):
        self.address = address
        self.serial = process.number(address, 'client.serial')
        self.thread_id = process.number(address, 'client.thread_id', 4)
        self.handling = process.number(address, 'client.handling')


class Message:
    """One message; `address` is that of the es_message_t."""

    def __init__(self, process, block):
        self.process, self.block = process, block
        self.address = block + process.facts['block.message']
        self.client = process.number(block, 'block.client')

    @classmethod
    def at(cls, process, address):
        return cls(process, address - process.facts['block.message'])

    def is_told(self):
        living = self.process.number(self.block, 'block.magic', 4) == self.process.facts['block.living']
        return living and self.client != 0

    def number(self):
        return self.process.number(self.address, 'message.global_seq_num')

    def order(self):
        return self.client, self.number()

    def is_auth(self):
        wanted = self.process.facts['message.action_type.auth']
        return self.process.number(self.address, 'message.action_type', 4) == wanted

    def is_open_event(self):
        return self.event_type() == self.process.facts['message.event_type.open']

    def event_type(self):
        return self.process.number(self.address, 'message.event_type', 4)

    def event(self):
        return self.process.event(self.event_type())

    def owes(self):
        """Does somebody wait for an answer?"""
        return self.state() == 'not answered'

    def state(self):
        if not self.is_auth():
            return 'needs no answer'
        if not self.process.number(self.block, 'block.answers'):
            return 'replayed'
        answer = self.process.number(self.block, 'block.answer', 4)
        if answer == self.process.facts['block.answer.open']:
            return 'not answered'
        return 'answered' if answer == self.process.facts['block.answer.answered'] else 'too late'

    def actor(self):
        return self.process.actor(self.process.number(self.address, 'message.process'))

    def target(self):
        facts, member = self.process.facts, self.event()[1]
        if f'target.{member}' in facts:
            return self.process.file(self.process.number(self.address, f'target.{member}'))
        if f'target_process.{member}' in facts:
            target = self.process.number(self.address, f'target_process.{member}')
            return self.process.file(self.process.number(target, 'process.executable')) if target else ''
        return ''

    def deadline(self, now_ns):
        """What is left of it, where a clock is known."""
        if not self.is_auth():
            return ''
        left = self.process.number(self.address, 'message.deadline')
        if now_ns is None:
            return f'at {left / 1e9:.3f} s of CLOCK_MONOTONIC'
        left = (left - now_ns) / 1e9
        return f'in {left:.1f} s' if left >= 0 else f'{-left:.1f} s ago'


class Words:
    """The commands, as texts."""

    def __init__(self, memory, live, now_ns):
        """now_ns: CLOCK_MONOTONIC of the machine the process runs on; None: not known, or a core file."""
        self.process, self.live, self.now_ns = Process(memory), live, now_ns

    def handled_by(self, thread_id):
        """The message that the thread of this number handles, or None."""
        for client in self.process.clients():
            if client.thread_id == thread_id and client.handling:
                return Message.at(self.process, client.handling)
        return None

    def living_at(self, address):
        """The living message at this address, or None."""
        return next((message for message in self.process.messages() if message.address == address), None)

    def name(self, message):
        """A number is enough where there is one client."""
        several = len({client.serial for client in self.process.clients()} | {message.client}) > 1
        return f'{message.client}.{message.number()}' if several else str(message.number())

    def describe(self, message):
        """What `es message` says but for the event's own part: lines."""
        rows = [('message', f'{self.name(message)} at {message.address:#x}'), ('event', message.event()[0]),
                ('process', message.actor()), ('target', message.target()), ('answer', message.state()),
                ('deadline', message.deadline(self.now_ns)),
                ('references', str(self.process.number(message.block, 'block.references', 4)))]
        return [f'{title:<11}{text}' for title, text in rows if text]

    def pending(self):
        """What `es pending` says: a line a living message."""
        handled = {client.handling: client.thread_id for client in self.process.clients() if client.handling}
        lines = []
        for message in self.process.messages():
            place = f'handled by thread {handled[message.address]}' if message.address in handled else 'kept'
            target = message.target()
            lines.append(f'{self.name(message):>6}  {message.event()[0]:<20} {message.state():<15} {place:<24} '
                         f'{message.actor()}{" -> " + target if target else ""}')
        return lines or ['no message is handled or kept']

    def find(self, name):
        """The message of this name, as `es pending` prints it."""
        found = [message for message in self.process.messages() if name in (self.name(message), f'{message.address:#x}')]
        if not found:
            raise Problem(f'there is no message {name}; es pending lists them')
        return found[0]

    def answer(self, words):
        """Checks `allow|deny N`; returns what is to be called and its arguments."""
        if len(words) != 2 or words[0] not in (ALLOW, DENY):
            raise Problem('usage: es respond allow|deny N, with N from es pending')
        if not self.live:
            raise Problem('nobody waits for an answer to a core file: es respond is for live processes')
        message = self.find(words[1])
        if not message.owes():
            raise Problem(f'message {words[1]} is {message.state()}' if message.is_auth()
                          else f'message {words[1]} is a NOTIFY: it needs no answer')
        client = next((client for client in self.process.clients() if client.serial == message.client), None)
        if client is None:
            raise Problem(f'the client of message {words[1]} is gone')
        allow = words[0] == ALLOW
        if message.is_open_event():
            return 'es_respond_flags_result', (client.address, message.address, 0xffffffff if allow else 0, 0)
        return 'es_respond_auth_result', (client.address, message.address, 0 if allow else 1, 0)


RESULTS = ('answered', 'refused: an argument is invalid', 'the answer could not be handed over',
           'refused: nobody waits for it any more', 'refused: answered before', 'refused: the wrong call for this event')
USAGE = ('es message           print the message that the selected thread handles\n'
         'es pending           list the messages that are handled or kept, and which wait for an answer\n'
         'es respond allow N   answer one of them (live processes only)\n'
         'es respond deny N')


def result_text(result):
    return RESULTS[result] if 0 <= result < len(RESULTS) else f'result {result}'


def none_or(number):
    return 'none' if number == 0xffffffff else number


def token_text(words):
    """The eight words of an audit_token_t."""
    login, uid, gid, real_uid, _, pid, session, version = words
    return (f'pid {pid} (pidversion {version}) uid {uid} gid {gid} real uid {real_uid} '
            f'login uid {none_or(login)} session {none_or(session)}')


def short_name(constant):
    """ES_EVENT_TYPE_AUTH_OPEN: "AUTH_OPEN"."""
    return constant.removeprefix('ES_EVENT_TYPE_')


def member_name(constant):
    """ES_EVENT_TYPE_AUTH_OPEN: "open", its member of es_events_t."""
    return short_name(constant).partition('_')[2].lower()
