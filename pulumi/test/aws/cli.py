"""The AWS CLI, loaded once: each call is a fork of this, and takes a tenth of the time.

cli.py SOCKET: calls come from the command `aws` beside this.
"""

import functools
import json
import os
import signal
import socket
import sys
import traceback

from awscli import clidriver
from botocore import loaders

load = functools.lru_cache(maxsize=None)(loaders.JSONFileLoader().load_file)
loaders.JSONFileLoader.load_file = lambda self, path: load(path)
driver = clidriver.create_clidriver()
for service in ("rds", "ecs", "logs", "secretsmanager"):
    driver.session.get_service_model(service)

server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("ready", flush=True)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    connection, _ = server.accept()
    if os.fork():
        connection.close()
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 2)
    call = json.loads(message)
    for number, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, number)
    data = os.environ["AWS_DATA_PATH"]
    os.environ.clear()
    os.environ.update(call["environment"], AWS_DATA_PATH=data)
    sys.argv = ["aws", *call["arguments"]]
    code = 1
    try:
        code = clidriver.main() or 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        connection.send(str(code).encode())
        os._exit(0)
