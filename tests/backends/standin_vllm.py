"""Stands in for vLLM in tests: a real HTTP process with its command line; it misbehaves as its environment says."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = os.environ.get("STANDIN", "")
ARGUMENTS = sys.argv[1:]


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if MODE == "never healthy" else 200)
        self.end_headers()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        message = {"role": "assistant", "content": f"{asked['model']}: {asked['messages'][-1]['content']}"}
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": choices, "usage": usage})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    with open(os.environ["STANDIN_NOTES"], "w") as notes:
        worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        json.dump({"pid": os.getpid(), "worker": worker.pid, "arguments": ARGUMENTS}, notes)
    if MODE == "dies":
        sys.exit("ValueError: no room for the weights")
    if MODE == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    port = int(ARGUMENTS[ARGUMENTS.index("--port") + 1])
    time.sleep(0.3)
    server = ThreadingHTTPServer(("127.0.0.1", port), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Event().wait()


main()
