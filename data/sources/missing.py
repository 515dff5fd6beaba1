"""Which cells say that a value is missing, and where the same signs are values."""

import re
from collections.abc import Collection

_MISSING = frozenset(
    {"", "n/a", "N/A", "N/a", "n / a", "N / A", "n.a.", "N.A.", "NA", "#N/A", "null", "NULL", r"\N", "?", "??", "???"}
    | {"-", "--", "---", "–", "––", "—", "——", "−", "…", "NaN", "#N/A N/A", "<NA>", "(null)"}
)
# Words that say so beside numbers or dates, where they cannot be values; in a column of text they are words.
_WORDS = re.compile(
    r"na|nan|none|nil|null|unknown|unk|tb[dac]|n\.?d\.?|n/d|n\.v\.|missing|unavailable|no (?:data|value)"
    r"|not (?:available|known|applicable)|#(?:value!|div/0!|ref!|name\?|num!)|0000-00-00",
    re.IGNORECASE,
)
_WORDLESS = re.compile(r"[\W_]+")
_NOTE = re.compile(r"[a-z]|\[[^\[\]]{1,12}\]|\([a-z]\)")
_CODE = re.compile(r"[A-Z]{1,3}")


def missing_in(texts: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Tell which texts of a column mean a missing value.

    Args:
        texts: the distinct, trimmed texts of the column.

    Returns:
        Those that are missing, and those that would be but are values here: `NA` among codes of two letters
        (Namibia, North America), `-` in a column that has `+`.
    """
    found = frozenset(texts) & _MISSING
    values = set[str]()
    others = [text for text in texts if text not in _MISSING]
    if "NA" in found and _are_codes(others):
        values.add("NA")
    if "+" in texts:
        values |= found & {"-", "–", "−"}
    return found - values, frozenset(values)


def _are_codes(texts: Collection[str]) -> bool:
    two = sum(len(text) == 2 for text in texts)
    return len(texts) >= 3 and all(_CODE.fullmatch(text) for text in texts) and two * 2 >= len(texts)


def says_missing(text: str) -> bool:
    """Tell whether a text beside numbers or dates says that there is none: `****`, `unknown`, a lone footnote mark."""
    return is_sign(text) or _NOTE.fullmatch(text) is not None


def is_sign(text: str) -> bool:
    """Tell whether a text has no letter and no digit, or is a word for a missing value."""
    return _WORDLESS.fullmatch(text) is not None or _WORDS.fullmatch(text) is not None
