"""The tiny student's tokenizer: byte-level BPE in which a word is cut the same way wherever it stands.

Blanks, digits and punctuation are pieces of their own, so that `Everest` in a question, in a cell and
inside quotes is one and the same run of tokens: a model this small can then copy it. SQL keywords and
the marks of the compact form are whole tokens, which keeps replies short.
"""

from collections.abc import Iterable
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
