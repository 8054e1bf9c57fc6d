#!/usr/bin/python3 -B
# SPDX-License-Identifier: Apache-2.0
"""Speaks the control protocol by hand (wire/control.h), for the tests of endpointsecurityd:

    speak.py SOCKET REQUEST...              to the daemon that listens there
    speak.py private REQUEST... -- COMMAND  to one started here with --private --fd
    speak.py activate SOCKET -- COMMAND     to nobody: starts the daemon as systemd does, with a socket
    speak.py keep SOCKET -- COMMAND         to nobody: holds a socket as systemd does, and starts the daemon with it once
                                            for each line of standard input, when the one before has ended
    speak.py notified SECONDS -- COMMAND    prints what the daemon tells systemd, for so long, then ends it

A request is hello, client, descendants, subscribe=EVENT, wait, or version=N (a hello of that version). Each prints its
result and the daemon's words. `wait` prints `waiting` and then `hung up` when the daemon hangs up."""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

HELLO, CLIENT_NEW, SUBSCRIBE = 0, 2, 3
VERSION = 2
PATIENCE_SECONDS = 20


class Speaker:
    def __init__(self, connection):
        self.connection = connection
        self.connection.settimeout(PATIENCE_SECONDS)
        self.serial = 0

    def ask(self, kind, body, version=VERSION):
        self.serial += 1
        header = struct.pack('=IHHIi', 16 + len(body), version, kind, self.serial, 0)
        self.connection.send(header + body)
        answer, descriptors, _, _ = socket.recv_fds(self.connection, 32768, 8)
        if not answer:
            print('hung up')
            return
        result = struct.unpack('=IHHIi', answer[:16])[4]
        words = answer[16:].split(b'\0')[0].decode() if result else ''
        print(result, words)
        for descriptor in descriptors:
            os.close(descriptor)

    def wait(self):
        print('waiting', flush=True)
        if not self.connection.recv(32768):
            print('hung up')

    def speak(self, request):
        name, _, value = request.partition('=')
        if name == 'hello':
            self.ask(HELLO, struct.pack('=II', 0, 0))
        elif name == 'version':
            self.ask(HELLO, struct.pack('=II', 0, 0), int(value))
        elif name in ('client', 'descendants'):
            self.ask(CLIENT_NEW, struct.pack('=II', int(name == 'descendants'), 0))
        elif name == 'subscribe':
            words = [0, 0, 0]
            words[int(value) // 64] |= 1 << int(value) % 64
            self.ask(SUBSCRIBE, struct.pack('=3Q', *words))
        elif name == 'wait':
            self.wait()
        sys.stdout.flush()


def packet_socket():
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def private(requests, command):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    daemon = subprocess.Popen([*command, '--private', '--fd', str(theirs.fileno())], pass_fds=[theirs.fileno()])
    theirs.close()
    print('daemon', daemon.pid)
    speaker = Speaker(ours)
    for request in requests:
        speaker.speak(request)
    ours.close()
    print('ended with', daemon.wait(PATIENCE_SECONDS))


def listen(path):
    listener = packet_socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen()
    return listener


def become(listener, command):
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ['LISTEN_FDS'] = '1'
    os.environ['LISTEN_PID'] = str(os.getpid())
    os.execv(command[0], command)


def activate(path, command):
    become(listen(path), command)


def keep(path, command):
    listener = listen(path)
    for _ in sys.stdin:
        daemon = os.fork()
        if daemon == 0:
            become(listener, command)
        print('started', daemon, flush=True)
        print('ended with', os.waitstatus_to_exitcode(os.waitpid(daemon, 0)[1]), flush=True)


def notified(seconds, command):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind('\0endpointsecurityd-test-%d' % os.getpid())
    environment = {**os.environ, 'NOTIFY_SOCKET': '@endpointsecurityd-test-%d' % os.getpid(),
                   'WATCHDOG_USEC': '3000000'}
    with subprocess.Popen(command, env=environment) as daemon:
        end = time.monotonic() + seconds
        asked = False
        while daemon.poll() is None:
            listener.settimeout(max(0.01, end - time.monotonic()) if not asked else PATIENCE_SECONDS)
            try:
                message = listener.recv(4096).decode()
                print(message)
                if message == 'STOPPING=1':
                    break
            except TimeoutError:
                daemon.send_signal(signal.SIGTERM)
                asked = True
        print('ended with', daemon.wait(PATIENCE_SECONDS))


def main():
    arguments = sys.argv[1:]
    command = []
    if '--' in arguments:
        command = arguments[arguments.index('--') + 1:]
        arguments = arguments[:arguments.index('--')]
    if arguments[0] == 'private':
        private(arguments[1:], command)
    elif arguments[0] == 'activate':
        activate(arguments[1], command)
    elif arguments[0] == 'keep':
        keep(arguments[1], command)
    elif arguments[0] == 'notified':
        notified(float(arguments[1]), command)
    else:
        connection = packet_socket()
        connection.connect(arguments[0])
        speaker = Speaker(connection)
        for request in arguments[1:]:
            speaker.speak(request)


main()
