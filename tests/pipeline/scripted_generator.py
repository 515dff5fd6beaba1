"""A language model by rule: it reads the prompts of TableQuestions and answers them, in the form they ask for.

    answer(messages)    # the reply to a chat, with dspy's field markers or as JSON
    Server()            # the same behind the OpenAI chat protocol, on a port of this machine

Facts are made from the sample rows that the prompt shows, SQL from the fact (one in eight does not run at first), the
question from the SQL, so that every reply hangs on its request alone. A server that is told to misbehaves as real ones
do.
"""

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

FIELD = re.compile(r"^\[\[ ## (\w+) ## \]\]\n(.*?)(?=^\[\[ ## \w+ ## \]\]|\Z)", re.MULTILINE | re.DOTALL)
NAME = r'"(?:[^"]|"")*"|\S+'
FAILURES = {"error": (500, "overloaded"), "refused": (401, "this key has run out")}
SILLY = {"empty": "", "garbage": "Sure! Here you go: {{{"}
LOOKUP, COUNT, HIGHEST = "{1} goes with {0} = {2}.", "How many have {0} = {1} can be counted.", "{1} is highest in {0}."


class Shown(NamedTuple):
    """A table as the prompt shows it."""

    name: str
    columns: list[tuple[str, str]]
    rows: list[list[str]]

    @classmethod
    def read(cls, text: str) -> Self:
        lines = [line.split(" ", 1) for line in text.strip().splitlines()]
        rows = [rest.split(" | ") for kind, rest in lines if kind == "r"]
        shown = next(rest for kind, rest in lines if kind == "c")
        columns = [(name, type_) for name, _, type_ in (one.rpartition(" ") for one in shown.split(" | "))]
        return cls(lines[0][1], columns, [row for row in rows if len(row) == len(columns)])


def answer(messages: list[dict[str, str]]) -> str:
    """Answer a chat; the same chat gets the same answer."""
    # a reply that is to be mended is followed by what was wrong with it
    prompt = next(turn["content"] for turn in reversed(messages) if "Respond with" in turn["content"])
    asked, _, wish = prompt.partition("Respond with")
    fields = {name: text.strip() for name, text in FIELD.findall(asked)}
    said = _said(fields, number(prompt))
    if "JSON object" in wish:
        return json.dumps({name: value for name, value in said.items() if f"`{name}`" in wish})
    wanted = {name: value for name, value in said.items() if f"[[ ## {name} ## ]]" in wish}
    texts = {name: json.dumps(value) if isinstance(value, list) else value for name, value in wanted.items()}
    return "\n\n".join(f"[[ ## {name} ## ]]\n{text}" for name, text in [*texts.items(), ("completed", "")])


def number(text: str) -> int:
    """Draw a number from a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def _said(fields: dict[str, str], draw: int) -> dict[str, Any]:
    table = Shown.read(fields["table"])
    if "sql" in fields:
        return _question(fields["sql"])
    if "fact" in fields:
        sql = _query(table, fields["fact"]) or _query(table, _fact(table, draw)["fact"])
        slips = draw % 8 == 0 and "failed_sql" not in fields  # a column that is not there, mended when told so
        return {"reasoning": "The fact names it.", "query": sql.replace("SELECT ", "SELECT x.", 1) if slips else sql}
    return _fact(table, draw)


def _fact(table: Shown, draw: int) -> dict[str, Any]:
    row = table.rows[draw % len(table.rows)]
    texts = [at for at, (_, kind) in enumerate(table.columns) if kind == "text"] or [0]
    numbers = [at for at, (_, kind) in enumerate(table.columns) if kind in {"integer", "real"}] or texts
    key = texts[draw // 7 % len(texts)]
    other = (key + 1 + draw // 11 % (len(table.columns) - 1)) % len(table.columns)
    measure = numbers[draw // 13 % len(numbers)]
    names = [name for name, _ in table.columns]
    fact, used = [
        (LOOKUP.format(names[key], names[other], row[key]), [names[key], names[other]]),
        (COUNT.format(names[key], row[key]), [names[key]]),
        (HIGHEST.format(names[measure], names[key]), [names[measure], names[key]]),
    ][draw // 17 % 3]
    return {"fact": fact, "columns": used}


def _query(table: Shown, fact: str) -> str:
    forms = {
        rf'({NAME}) goes with ({NAME}) = (.*)\.': "SELECT {0} FROM {table} WHERE {1} = '{2}'",
        rf'How many have ({NAME}) = (.*) can be counted\.': "SELECT COUNT(*) FROM {table} WHERE {0} = '{1}'",
        rf'({NAME}) is highest in ({NAME})\.': "SELECT {0} FROM {table} ORDER BY {1} DESC LIMIT 1",
    }  # fmt: skip
    for form, sql in forms.items():
        if found := re.fullmatch(form, fact):
            return sql.format(*(part.replace("'", "''") for part in found.groups()), table=table.name)
    return ""  # a fact in other words than `_fact`'s


def _question(sql: str) -> dict[str, str]:
    words = sql.replace('"', "")
    for form, question in {
        r"SELECT COUNT\(\*\) FROM (.*) WHERE (.*) = '(.*)'": "How many {0} have {2} as their {1}?",
        r"SELECT (.*) FROM (.*) WHERE (.*) = '(.*)'": "What {0} goes with the {2} {3}?",
        r"SELECT (.*) FROM (.*) ORDER BY (.*) DESC LIMIT 1": "Which {0} has the highest {2}?",
    }.items():
        if found := re.fullmatch(form, words):
            text = question.format(*(part.replace("''", "'") for part in found.groups())).replace("_", " ")
            return {"question": text, "knowledge": "All terms are meant as they stand."}
    return {"question": "What is in the table?", "knowledge": "All of it."}


class Server:
    """Speaks the OpenAI chat protocol on this machine until the block ends.

    Of every 16 different requests, if it misbehaves: one gets an error 500 at first, one an empty reply, one garbage.
    """

    def __init__(self, said: Callable[[list[dict[str, str]]], str] = answer, *, misbehaving: bool = False) -> None:
        self.said = said
        self.misbehaving = misbehaving
        self.left: int | None = None
        """So many requests are let in, then every one is refused for its key; None: all are."""
        self.asked: Counter[str] = Counter()
        """How often each request was let in, by its hash."""
        self.answered: Counter[str] = Counter()
        """How often each was answered, be it with garbage."""
        self.faults: Counter[str] = Counter()
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, body = outer._serve(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.api_base = f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _serve(self, body: bytes) -> tuple[int, bytes]:
        request = json.loads(body)
        key = hashlib.sha256(body).hexdigest()
        with self._lock:
            fault = self._fault(key)
            self.faults.update([fault] if fault else [])
            self.answered[key] += fault not in FAILURES
        if fault in FAILURES:
            status, said = FAILURES[fault]
            return status, json.dumps({"error": {"message": said, "type": fault}}).encode()
        text = SILLY[fault] if fault else self.said(request["messages"])
        return 200, json.dumps(_completion(request["model"], text)).encode()

    def _fault(self, key: str) -> str:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return "refused"
        self.asked[key] += 1
        kinds = {0: "error", 1: "empty", 2: "garbage"} if self.misbehaving else {}
        kind = kinds.get(int(key[:8], 16) % 16, "")
        return "" if kind == "error" and self.asked[key] > 1 else kind


def _completion(model: str, text: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": usage,
    }
