"""The tiny student's tokenizer: byte-level BPE in which a word is cut the same way wherever it stands.

Blanks, digits and punctuation are pieces of their own, so that `Everest` in a question, in a cell and
inside quotes is one and the same run of tokens: a model this small can then copy it. SQL keywords and
the marks of the compact form are whole tokens, which keeps replies short.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

SPECIAL = ("<|pad|>", "<|end|>", "<|user|>", "<|assistant|>")
MARKS = ("\nc ", "\nr ", "\nq ", " | ", " integer", " real", " text", " date", " datetime", " boolean", " null")
KEYWORDS = (
    "SELECT ",
    "(SELECT ",
    "SELECT DISTINCT ",
    " FROM ",
    " WHERE ",
    " AND ",
    " OR ",
    " = ",
    " <> ",
    " > ",
    " < ",
    " >= ",
    " <= ",
    " = '",
    "' AND ",
    " ORDER BY ",
    " DESC",
    " ASC",
    " LIMIT ",
    " DESC LIMIT 1",
    " LIMIT 1",
    " GROUP BY ",
    " HAVING ",
    " BETWEEN ",
    " IN ('",
    "', '",
    " LIKE '",
    "%'",
    "'%",
    "COUNT(*)",
    "COUNT(",
    "COUNT(DISTINCT ",
    "MAX(",
    "MIN(",
    "AVG(",
    "SUM(",
    "ROUND(",
    " IS NULL",
    " IS NOT NULL",
    " NOT ",
    ", ",
    " - ",
    " + ",
    " / ",
    " * ",
)
JOINTS = (
    " the ", " of ", " of the ", " in ", " in the ", " and ", " and the ", " is ", " is the ", " was ", " was the ", " a ", " to ",
    " to the ", " by ", " by the ", " on ", " on the ", " for ", " with ", " with a ", " from ", " from the ", " at ", " that ",
    " which ", " as ", " it ", " he ", " his ", " her ", " she ", " its ", " are ", " were ", " had ", " has ", " in a ", " is a ",
    " was a ", " or ", " not ", " who ", " an ", " for the ", " at the ", " had a ", " has a ", " did ", " does ", ". The ",
    ". It ", ". He ", ". She ", ". In ", ". Its ", ". A ", "? | ", " | -\n",
)  # fmt: skip
"""What joins words in running English, blanks and all: half of its blanks come with these."""
TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'user' %}{{ '<|user|>' + m['content'] }}"
    "{% elif m['role'] == 'assistant' %}{{ '<|assistant|>' + m['content'] + '<|end|>' }}"
    "{% else %}{{ m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def train_tokenizer(texts: Iterable[str], *, vocabulary: int = 2048) -> Any:
    """Learn the merges from `texts` and return a transformers tokenizer with its chat template."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s|\p{P}|\p{S}|\d|[^\s\p{P}\p{S}\d]+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    added = [AddedToken(text, normalized=False) for text in (*MARKS, *KEYWORDS)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary - len(added),
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    raw.add_tokens(added)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        padding_side="left",
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def grown(tokenizer: Any, texts: Iterable[str], more: int) -> Any:
    """Return the tokenizer with `JOINTS` and merges learnt from `texts`, `more` in all; what it has keeps its ids."""
    from tokenizers import AddedToken, Tokenizer

    backend = tokenizer.backend_tokenizer
    state = json.loads(backend.to_str())
    vocab, merges = state["model"]["vocab"], state["model"]["merges"]
    vocab.update(tokenizer.get_added_vocab())  # else they would be given new ids, after the merges of the old vocabulary
    counts = Counter(piece for text in texts for piece, _ in backend.pre_tokenizer.pre_tokenize_str(text))
    pieces = {word: [token.value for token in backend.model.tokenize(word)] for word in counts}
    for at, (left, right) in enumerate(_merges(pieces, counts, more - len(JOINTS), set(vocab))):
        vocab[left + right] = len(tokenizer) + at
        merges.append([left, right])
    bigger = type(tokenizer)(
        tokenizer_object=Tokenizer.from_str(json.dumps(state)), pad_token=tokenizer.pad_token,
        eos_token=tokenizer.eos_token, padding_side="left", chat_template=TEMPLATE, clean_up_tokenization_spaces=False,
    )  # fmt: skip
    bigger.add_tokens([AddedToken(text, normalized=False) for text in JOINTS])
    return bigger


def _merges(
    words: dict[str, list[str]], counts: Counter[str], more: int, known: set[str]
) -> Iterable[tuple[str, str]]:
    """Yield the next merges of byte-pair encoding: the pair that is seen most often, again and again."""
    pairs, places = Counter[tuple[str, str]](), defaultdict[tuple[str, str], set[str]](set)
    for word, tokens in words.items():
        for pair in pairwise(tokens):
            pairs[pair] += counts[word]
            places[pair].add(word)
    while more:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        for word in sorted(places[best]):
            old = words[word]
            for pair in pairwise(old):
                pairs[pair] -= counts[word]
            words[word] = _joined(old, best)
            for pair in pairwise(words[word]):
                pairs[pair] += counts[word]
                places[pair].add(word)
        del pairs[best]
        if "".join(best) not in known:
            known.add("".join(best))
            more -= 1
            yield best


def _joined(tokens: list[str], pair: tuple[str, str]) -> list[str]:
    found: list[str] = []
    for token in tokens:
        if found and (found[-1], token) == pair:
            found[-1] += token
        else:
            found.append(token)
    return found
