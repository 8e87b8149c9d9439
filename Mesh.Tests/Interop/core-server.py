"""gRPC C-core's own server: echoes, sends many messages, or stands in for a control plane. Arguments are channel arguments, name=number."""
import sys
import time
from concurrent import futures

import grpc

options = [("grpc.so_reuseport", 0)]
for argument in sys.argv[1:]:
    name, value = argument.split("=")
    options.append((name, int(value)))


def say(text):
    print(text, flush=True)


def both(requests, context):
    yield from requests


def down(request, context):
    for _ in range(int(request)):
        yield b"x" * 65536


def up(requests, context):
    return str(sum(len(request) for request in requests)).encode()


def unary(request, context):
    return request


def delta(requests, context):
    kind = b"type.googleapis.com/envoy.config.cluster.v3.Cluster"
    yield b"\x22" + bytes([len(kind)]) + kind + b"\x2a\x01n"
    for _ in requests:
        pass


def silent(requests, context):
    for _ in requests:
        pass
    yield from ()


KINDS = {
    "Both": grpc.stream_stream_rpc_method_handler(both),
    "Down": grpc.unary_stream_rpc_method_handler(down),
    "Up": grpc.stream_unary_rpc_method_handler(up),
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "StreamLoadStats": grpc.stream_stream_rpc_method_handler(silent),
    "DeltaAggregatedResources": grpc.stream_stream_rpc_method_handler(delta),
}


class Handlers(grpc.GenericRpcHandler):
    def service(self, details):
        name = details.method.rsplit("/", 1)[1]
        say("call " + name)
        return KINDS.get(name)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), handlers=(Handlers(),), options=options)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
say("port %d" % port)
while True:
    time.sleep(3600)
