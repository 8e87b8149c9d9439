# gRPC C-core's xDS client (Debian's python3-grpcio) under the command of the tests: a line of JSON in is a command, a line out its result.
#   {id, op: 'call', service, path, headers, deadline, waitForReady, count, atOnce}   so many calls, at most so many at once
#   {id, op: 'load', service, path, headers, deadline, perSecond, mostUnderWay}       calls until {op: 'stop', of: id}
#   {id, op: 'forget', service}                                                       gives its connections up
# Ends when its input ends; the bootstrap comes in GRPC_XDS_BOOTSTRAP_CONFIG. With TEST_XDS_CREDENTIALS=1 connections are as the control
# plane says (gRFC A29), and plaintext where it says nothing.
import json
import os
import sys
import threading
import time

import grpc
import grpc.experimental

credentials = None
if os.environ.get('TEST_XDS_CREDENTIALS') == '1':
    credentials = grpc.xds_channel_credentials(grpc.experimental.insecure_channel_credentials())
channels = {}
loads = {}
lock = threading.Lock()


def channel_of(service):
    with lock:
        if service not in channels:
            channels[service] = grpc.secure_channel('xds:///' + service, credentials) if credentials else grpc.insecure_channel('xds:///' + service)
        return channels[service]


def answer(command, calls):
    text = json.dumps({'id': command['id'], 'calls': calls})
    with lock:
        print(text, flush=True)


# The empty message as it is: no generated code is needed.
def method(command):
    return channel_of(command['service']).unary_unary(command['path'])


def options(command):
    return {
        'timeout': command['deadline'] / 1000,
        'metadata': [(name.lower(), value) for name, value in command['headers'].items()],
        'wait_for_ready': command.get('waitForReady') or None,
    }


def result(call, started):
    seen = {}
    # An answer that is a status alone has its headers where the trailers are.
    for name, value in [*(call.initial_metadata() or ()), *(call.trailing_metadata() or ())]:
        if name.startswith('x-'):
            seen[name] = str(value)
    return {'code': call.code().value[0], 'details': call.details() or '', 'milliseconds': (time.monotonic() - started) * 1000, 'headers': seen}


def call(command):
    started = time.monotonic()
    try:
        _, ended = method(command).with_call(b'', **options(command))
    except grpc.RpcError as failed:
        ended = failed
    return result(ended, started)


def calls(command):
    results = [None] * command['count']
    indices = iter(range(command['count']))

    def worker():
        while True:
            with lock:
                index = next(indices, None)
            if index is None:
                return
            results[index] = call(command)

    workers = [threading.Thread(target=worker, daemon=True) for _ in range(command['atOnce'])]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    answer(command, results)


def load(command, stop):
    started = time.monotonic()
    under_way = threading.Semaphore(command['mostUnderWay'])
    running = []
    results = {}

    def begin():
        index, begun = len(running), time.monotonic()
        one = method(command).future(b'', **options(command))

        def end(ended):
            results[index] = result(ended, begun)
            under_way.release()

        running.append(one)
        one.add_done_callback(end)

    while not stop.wait(0.005):
        due = (time.monotonic() - started) * command['perSecond']
        while len(running) < due and under_way.acquire(blocking=False):
            begin()
    while len(results) < len(running):
        time.sleep(0.005)
    answer(command, [results[index] for index in range(len(running))])


def forget(command):
    with lock:
        gone = channels.pop(command['service'], None)
    if gone is not None:
        gone.close()
    answer(command, [])


for line in sys.stdin:
    command = json.loads(line)
    if command['op'] == 'call':
        threading.Thread(target=calls, args=(command,), daemon=True).start()
    elif command['op'] == 'load':
        loads[command['id']] = threading.Event()
        threading.Thread(target=load, args=(command, loads[command['id']]), daemon=True).start()
    elif command['op'] == 'stop':
        loads[command['of']].set()
    else:
        forget(command)
# Calls may be under way, and nobody waits for them any more.
os._exit(0)
