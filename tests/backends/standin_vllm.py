"""Stands in for vLLM in tests: a real HTTP process with its command line; it misbehaves as its environment says."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = os.environ.get("STANDIN", "")
BEHIND = os.environ.get("STANDIN_BEHIND", "")
"""Address of a server that knows the answers."""
ARGUMENTS = sys.argv[1:]
SERVED = {ARGUMENTS[ARGUMENTS.index("--served-model-name") + 1]}
if "--lora-modules" in ARGUMENTS:
    SERVED |= {module.split("=")[0] for module in ARGUMENTS[ARGUMENTS.index("--lora-modules") + 1 :]}


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if MODE == "never healthy" else 200)
        self.end_headers()

    def do_POST(self) -> None:
        payload = self.rfile.read(int(self.headers["content-length"]))
        asked = json.loads(payload)
        if asked["model"] not in SERVED:
            self.send_error(404, f"The model {asked['model']} does not exist")
            return
        if BEHIND:
            with urllib.request.urlopen(urllib.request.Request(f"{BEHIND}/chat/completions", payload)) as answer:
                self.answer(answer.read())
            return
        message = {"role": "assistant", "content": f"{asked['model']}: {asked['messages'][-1]['content']}"}
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = json.dumps({"id": "x", "object": "chat.completion", "model": "m", "choices": choices, "usage": usage})
        self.answer(body.encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    with open(os.environ["STANDIN_NOTES"], "a") as notes:
        worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        notes.write(json.dumps({"pid": os.getpid(), "worker": worker.pid, "arguments": ARGUMENTS}) + "\n")
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
