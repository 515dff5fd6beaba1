"""Generates replies for many prompts at once: a distinct prompt is read once, rows that are done drop out.

Tries of one prompt are computed once for as long as they say the same: what comes next then differs by their random
numbers alone. What is computed is a *lane*; a row gets one of its own when it says something else.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch

from .constraints import Constraint, constrained
from .memory import double, is_roomy, join, new_memory, take
from .models import LocalModel
from .sampling import noise_of, pick

PREFILL_TOKENS = 4096
"""Prompt tokens read in one pass, with what they are filled up with; larger passes leave the processor's cache."""


@dataclass(eq=False)
class Row:
    """One reply in the making."""

    prompt: tuple[int, ...]
    limit: int
    """Most tokens to generate, at least 1."""
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    owner: Any = None
    """Whatever the caller knows the row by."""
    tokens: list[int] = field(default_factory=list)
    """Generated so far, without the token that ends the reply."""
    finished: bool = False
    """The model ended the reply itself."""
    noise: list[float] = field(default_factory=list)
    stop: tuple[str, ...] = ()
    """Texts that end the reply before them."""
    heard: Callable[[str], bool] | None = None
    """Called with the reply so far, after every token; says whether to go on."""
    wanted: Callable[[], bool] | None = None
    """Says whether anybody still waits for the reply."""
    text: str | None = None
    """The reply, if one of `stop` or the listener ended it."""
    constraint: Constraint | None = None
    """What the reply is held to."""
    done: bool = False
    """Nothing more is to be generated."""

    def go_on(self, token: int, eos: frozenset[int]) -> None:
        """Take the next token."""
        if token in eos:
            self.finished = self.done = True
            return
        self.tokens.append(token)
        self.done = len(self.tokens) >= self.limit
        if self.constraint is not None:
            self.constraint.take(token)

    def end(self, text: str) -> None:
        """End the reply with this text."""
        self.text, self.finished, self.done = text, True, True

    def begin_again(self) -> None:
        """Forget what was generated."""
        self.tokens.clear()
        self.finished, self.done, self.text = False, False, None
        if self.constraint is not None:
            self.constraint.begin_again()


class Read(NamedTuple):
    """Rows whose prompts the model has read."""

    rows: list[Row]
    lanes: list[int]
    """The lane of each row."""
    memory: Any
    """Keys and values of each lane, aligned at the last token."""
    mask: Any
    """Shape (lanes, length): 1 where a token is, 0 where a shorter lane is filled up on the left."""
    positions: Any
    """Shape (lanes,): of the token to come."""


class Batch:
    """Rows that are generated together, and the keys and values the model keeps for them.

    Rows may join while others are half way (`open` tells whether the model allows it): the places of a shorter lane
    are filled up on the left and masked, so a row's tokens depend on its neighbours only by rounding.
    """

    def __init__(self, model: LocalModel) -> None:
        self.model = model
        self.rows: list[Row] = []
        self._lanes: list[int] = []
        """The lane of each row."""
        self._memory: Any = None
        self._mask: Any = None
        self._positions: Any = None

    @property
    def open(self) -> bool:
        """More rows can join."""
        return not self.rows or is_roomy(self._memory)

    @property
    def alive(self) -> int:
        """Rows that still generate."""
        return sum(not row.done for row in self.rows)

    @torch.inference_mode()
    def add(self, rows: Sequence[Row]) -> None:
        """Read the prompts of new rows and choose their first tokens."""
        for row in rows:
            row.noise = noise_of(row.seed, row.limit) if row.temperature else [0.0] * row.limit
        self.shrink(0)
        self._read_all(rows)

    @torch.inference_mode()
    def step(self) -> None:
        """Generate one more token for every row."""
        self._part()
        said = {lane: row.tokens[-1] for row, lane in zip(self.rows, self._lanes, strict=True) if not row.done}
        last = torch.tensor([[said.get(lane, 0)] for lane in range(len(self._positions))], device=self.model.device)
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(last), 1)], dim=1)
        logits = self._next_logits(last)
        self._positions = self._positions + 1
        self._choose(self.rows, logits[self._lanes])

    @torch.inference_mode()
    def shrink(self, least: float = 0.25) -> None:
        """Drop rows that are done, and the lanes nobody is on once they are this share of all."""
        alive = [at for at, row in enumerate(self.rows) if not row.done]
        self.rows, self._lanes = [self.rows[at] for at in alive], [self._lanes[at] for at in alive]
        if self._positions is None:  # nothing was ever read
            return
        used = sorted(set(self._lanes))
        spare = sorted({*range(len(self._positions))} - {*used})
        if spare and len(spare) >= least * len(self._positions):
            self._keep(used)
            renamed = {lane: number for number, lane in enumerate(used)}
            self._lanes = [renamed[lane] for lane in self._lanes]
        elif spare:  # they must not run out of the model's positions
            self._positions[spare] = 0

    def forget(self) -> None:
        """Drop all rows, and free what was kept for them."""
        self.rows, self._lanes = [], []
        self._keep([])

    def _part(self) -> None:
        """Give lanes of their own to rows that no longer say the same as others of their lane."""
        said: dict[int, dict[int, int]] = {}
        sources: list[int] = []
        for at, row in enumerate(self.rows):
            if row.done:
                continue
            lane, token = self._lanes[at], row.tokens[-1]
            lanes = said.setdefault(lane, {token: lane})
            if token not in lanes:
                lanes[token] = len(self._positions) + len(sources)
                sources.append(lane)
            self._lanes[at] = lanes[token]
        if sources:
            self._double(sources)

    def _double(self, lanes: list[int]) -> None:
        """Add a copy of each of these lanes."""
        count = len(self._positions)
        index = torch.tensor([*range(count), *lanes], device=self.model.device)
        self._mask, self._positions = self._mask[index], self._positions[index]
        if is_roomy(self._memory):
            double(self._memory, lanes, len(self.rows))
        else:
            self._memory.batch_select_indices(index)

    def _keep(self, lanes: list[int]) -> None:
        if not lanes:
            self._memory = self._mask = self._positions = None
            return
        index = torch.tensor(lanes, device=self.model.device)
        self._mask, self._positions = self._mask[index], self._positions[index]
        if is_roomy(self._memory):
            start = int((~self._mask.any(dim=0)).int().cumprod(dim=0).sum())  # places where no lane has a token
            self._mask = self._mask[:, start:]
            take(self._memory, index, start)
        else:
            self._memory.batch_select_indices(index)

    def _next_logits(self, last: Any) -> Any:
        return self.model.module(
            input_ids=last,
            attention_mask=self._mask,
            position_ids=self._positions[:, None],
            past_key_values=self._memory,
            use_cache=True,
        ).logits[:, -1]

    def _read_all(self, rows: Sequence[Row]) -> None:
        groups = _groups(rows, split=is_roomy(new_memory(self.model.module.config)))
        self._join([self._read(group) for group in groups])

    def _read(self, group: list[list[Row]]) -> "Read":
        ids, mask = pad([rows[0].prompt for rows in group], self.model.device)
        positions = (mask.cumsum(dim=1) - 1).clamp_min(0)
        output = self.model.module(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=new_memory(self.model.module.config),
            use_cache=True,
            logits_to_keep=1,
        )
        rows, lanes = laned(group)
        self._choose(rows, output.logits[lanes, -1])
        return Read(rows, lanes, output.past_key_values, mask, positions[:, -1] + 1)

    def _join(self, parts: Sequence["Read"]) -> None:
        """Let rows in whose prompts were read; all parts at once, because every joining lays everything out anew."""
        if self.rows:
            parts = [Read(self.rows, self._lanes, self._memory, self._mask, self._positions), *parts]
        self._memory = parts[0].memory
        if len(parts) > 1:
            join(self._memory, [part.memory for part in parts[1:]])
        length = max(part.mask.shape[1] for part in parts)
        widen = torch.nn.functional.pad
        self._mask = torch.cat([widen(part.mask, (length - part.mask.shape[1], 0)) for part in parts])
        firsts = itertools.accumulate((len(part.positions) for part in parts), initial=0)
        self._lanes = [first + lane for first, part in zip(firsts, parts, strict=False) for lane in part.lanes]
        self._positions = torch.cat([part.positions for part in parts])
        self.rows = [row for part in parts for row in part.rows]

    def _choose(self, rows: Sequence[Row], logits: Any) -> None:
        """Give each row its next token. Where rounding would decide, the row is read alone, as it always is then."""
        noise = [row.noise[len(row.tokens)] if not row.done else 0.0 for row in rows]
        logits = constrained(logits, [None if row.done else row.constraint for row in rows])
        tokens, hanging = pick(logits, [row.temperature for row in rows], [row.top_p for row in rows], noise)
        for at in hanging:
            if not rows[at].done:
                tokens[at] = self._alone(rows[at], noise[at])
        for row, token in zip(rows, tokens, strict=True):
            if not row.done:
                row.go_on(token, self.model.eos)

    def _alone(self, row: Row, noise: float) -> int:
        """Choose the next token of a row from logits in which nothing of its neighbours is, not even their number."""
        ids = torch.tensor([[*row.prompt, *row.tokens]], device=self.model.device)
        logits = self.model.module(input_ids=ids, logits_to_keep=1).logits[:, -1]
        (token,), _ = pick(constrained(logits, [row.constraint]), [row.temperature], [row.top_p], [noise])
        return token


def _groups(rows: Sequence[Row], *, split: bool) -> list[list[list[Row]]]:
    """Put rows of one prompt together, and prompts of like length into passes of bounded size."""
    same: dict[tuple[int, ...], list[Row]] = {}
    for row in rows:
        same.setdefault(row.prompt, []).append(row)
    ordered = sorted(same.values(), key=lambda rows: len(rows[0].prompt))
    if not split:
        return [ordered]
    groups: list[list[list[Row]]] = [[]]
    for rows_of_one in ordered:
        if groups[-1] and (len(groups[-1]) + 1) * len(rows_of_one[0].prompt) > PREFILL_TOKENS:
            groups.append([])
        groups[-1].append(rows_of_one)
    return groups


def laned(group: Sequence[list[Row]]) -> tuple[list[Row], list[int]]:
    """Return the rows of several prompts, and for each the number of its prompt."""
    return [row for same in group for row in same], [number for number, same in enumerate(group) for _ in same]


def pad(prompts: Sequence[tuple[int, ...]], device: Any) -> tuple[Any, Any]:
    """Give token ids and mask of prompts, the shorter ones filled up on the left."""
    longest = max(len(prompt) for prompt in prompts)

    def filled(prompt: Sequence[int]) -> list[int]:
        return [*[0] * (longest - len(prompt)), *prompt]

    ids = torch.tensor([filled(prompt) for prompt in prompts], device=device)
    mask = torch.tensor([filled([1] * len(prompt)) for prompt in prompts], device=device)
    return ids, mask
