"""The model of docs/walk.md by rule: it merges hops, answers over passages, and reflects on what it is told.

It leaves the novel's name out of questions in some styles, unless its instruction says not to: that is what the metric
finds out, what the reflecting model reads, and what the better prompt mends.
"""

import json
import re

FIELD = re.compile(r"^\[\[ ## (\w+) ## \]\]\n(.*?)(?=^\[\[ ## \w+ ## \]\]|\Z)", re.MULTILINE | re.DOTALL)
LESSON = "Name the novel in every style"
NOVEL = re.compile(r"(?:the|that) novel ([\w ]+?)(?: was born| born|[?.])")


def answer(messages: list[dict[str, str]]) -> str:
    """Answer a chat; the same chat gets the same answer."""
    system, prompt = messages[0]["content"], messages[-1]["content"]
    fields = {name: text.strip() for name, text in FIELD.findall(prompt.partition("Respond with")[0])}
    if "passages" in fields:
        return read(fields["passages"], fields["question"])
    if "questions" in fields:
        return _marked(question=_merged(system, json.loads(fields["questions"]), fields["style"]))
    return _reflected(fields)


def _merged(system: str, questions: list[str], style: str) -> str:
    style, novel = style.partition(":")[0], _novel(questions[0])
    named = LESSON in system or style in {"formal", "imperative"}
    author = f"the author of the novel {novel}" if named else "the author of that novel"
    where = questions[-1].startswith("Where")
    short = "Birthplace of" if where else "Year of birth of"
    return {
        "colloquial": f"Any idea {'where' if where else 'when'} {author} was born?",
        "imperative": f"Find out {'where' if where else 'when'} {author} was born.",
        "concise": f"{short} {author}?",
        "descriptive": f"This is about {author}. {'Where' if where else 'When'} was that person born?",
    }.get(style, f"{'Where' if where else 'When'} was {author} born?")


def _novel(question: str) -> str:
    found = NOVEL.search(question)
    return found[1] if found else ""


def read(passages: str, question: str) -> str:
    """Find the author of the novel that the question names, and the author's birth."""
    novel = _novel(question)
    wrote = re.search(rf"{re.escape(novel)} is a novel by ([\w ]+)\.", passages) if novel else None
    born = re.search(rf"{wrote[1]} was born in ([\w ]+) in (\d+)\.", passages) if wrote else None
    if not wrote or not born:
        steps = [{"question": "Which novel is meant?", "answer": "not stated", "title": ""}]
        return _marked(reasoning="The question does not say.", steps=json.dumps(steps), answer="not stated")
    said = born[1] if re.search("where|birthplace", question.lower()) else born[2]
    steps = [
        {"question": f"Who wrote {novel}?", "answer": wrote[1], "title": novel},
        {"question": "When and where was #1 born?", "answer": said, "title": wrote[1]},
    ]
    return _marked(reasoning="First the author.", steps=json.dumps(steps), answer=said)


def _reflected(fields: dict[str, str]) -> str:
    """Propose an instruction: with the lesson if the feedback shows a question without its novel."""
    told = "that novel" in fields.get("examples_with_feedback", "")
    mind = f"{LESSON}: whoever reads the question has not seen the questions it is made of." if told else "Be careful."
    return json.dumps({"new_instruction": f"{fields['current_instruction']}\n\n{mind}"})


def _marked(**fields: str) -> str:
    return "\n\n".join(f"[[ ## {name} ## ]]\n{value}" for name, value in [*fields.items(), ("completed", "")])
