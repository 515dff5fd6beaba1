"""One reading of a common beginning: the same loss and gradients as separate rows."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from source2synth.backends import make_lm, train
from source2synth.backends.training import sft
from source2synth.backends.training.provider import make_plan
from source2synth.backends.training.renaming import Renaming, TablePage, renamed, with_fewer_rows
from source2synth.backends.training.sharing import IGNORED, Branches, share
from source2synth.errors import ConfigError

TABLES = {
    "t lakes\nc lake text | depth_m integer\nr Baikal | 1642\nr Tanganyika | 1470": [
        ("How deep is Baikal?", "SELECT depth_m FROM lakes WHERE lake = 'Baikal'"),
        ("How deep is Tanganyika?", "SELECT depth_m FROM lakes WHERE lake = 'Tanganyika'"),
        ("Which lake is deepest?", "SELECT lake FROM lakes ORDER BY depth_m DESC LIMIT 1"),
    ],
    "t moons\nc moon text | planet text\nr Io | Jupiter\nr Titan | Saturn": [
        ("Which planet has Io?", "SELECT planet FROM moons WHERE moon = 'Io'"),
        ("How many moons has Saturn?", "SELECT COUNT(*) FROM moons WHERE planet = 'Saturn'"),
    ],
}


def rows() -> list[dict[str, Any]]:
    return [
        {"messages": [{"role": "user", "content": f"{table}\nq {asked}"}, {"role": "assistant", "content": sql}]}
        for table, questions in TABLES.items()
        for asked, sql in questions
    ]


def test_loss_and_gradients_are_those_of_separate_rows(tmp_path: Path) -> None:
    tokenizer, model = sft.load_base("tiny")
    plan = make_plan("tiny", rows(), {"max_steps": 1, "batch_size": 5})
    trainer = sft.make_trainer(plan, tokenizer, model, tmp_path, sft.Watch(None, bool, 99))
    tokenised = trainer.train_dataset
    alone = [list(ids) for ids in tokenised["input_ids"]]
    together = share(tokenised, 3, 0)
    assert len(together) == 2
    assert sum(map(len, together["input_ids"])) < 0.7 * sum(map(len, alone))

    def gradients(batches: list[dict[str, torch.Tensor]]) -> tuple[float, torch.Tensor]:
        model.zero_grad()
        total = sum((model(**batch, num_items_in_batch=1).loss for batch in batches), torch.tensor(0.0))
        total.backward()
        return float(total.detach()), torch.cat([w.grad.flatten() for w in model.parameters() if w.grad is not None])

    separate = [
        {"input_ids": torch.tensor([list(row["input_ids"])]), "labels": torch.tensor([list(row["labels"])])}
        for row in tokenised
    ]
    loss, gradient = gradients(separate)
    shared_loss, shared_gradient = gradients([Branches(tokenizer.pad_token_id)(list(together))])
    assert loss == pytest.approx(shared_loss, rel=1e-4)
    assert torch.allclose(gradient, shared_gradient, atol=1e-3 * float(gradient.abs().max()))


@given(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=9), min_size=1, max_size=12), st.integers(1, 5))
def test_no_token_and_no_label_is_lost(ids: list[list[int]], most: int) -> None:
    learned = [random.Random(str(row)).randrange(1, len(row)) for row in ids]
    labels = [[IGNORED] * at + row[at:] for row, at in zip(ids, learned, strict=True)]
    together = share(Dataset.from_dict({"input_ids": ids, "labels": labels}), most, 1)
    found = []
    for sequence in together:
        shared, *own = sequence["seq_lengths"]
        at = shared
        assert 1 <= len(own) <= most
        for length in own:
            branch = slice(at, at + length)
            assert sequence["labels"][branch][0] == IGNORED  # the first label follows a token of its own branch
            found.append(
                (
                    tuple(sequence["input_ids"][:shared] + sequence["input_ids"][branch]),
                    tuple(sequence["labels"][:shared] + sequence["labels"][branch]),
                )
            )
            at += length
        assert at == len(sequence["input_ids"])
    assert sorted(found) == sorted((tuple(a), tuple(b)) for a, b in zip(ids, labels, strict=True))


def test_names_are_new_each_time_and_the_same_in_table_question_and_sql() -> None:
    fresh = renamed(rows(), ["ba", "do", "ku"], 1.0, 40, seed=3)
    assert len(fresh) == 40 * 5
    assert fresh == renamed(rows(), ["ba", "do", "ku"], 1.0, 40, seed=3)
    depths = [row["messages"] for row in fresh if row["messages"][1]["content"].startswith("SELECT depth_m")]
    names = {sql["content"].split("'")[1] for _, sql in depths}
    assert len(names) > 30
    assert "Baikal" not in names
    assert all(sql["content"].split("'")[1] in asked["content"].rpartition("\nq ")[2] for asked, sql in depths)


def test_words_that_a_question_means_and_does_not_name_stay() -> None:
    page = TablePage("t lakes\nc lake text | depth_m integer", (("How far down is it?", "SELECT depth_m FROM lakes"),))
    new = Renaming(["ba"], [page], 1.0)(page, random.Random(1))
    assert new.questions[0][1] == "SELECT depth_m FROM lakes"


def test_sample_rows_are_left_out_and_nothing_else() -> None:
    table = next(iter(TABLES))
    lengths = {len(with_fewer_rows(table, random.Random(seed)).split("\n")) for seed in range(20)}
    assert lengths == {2, 3, 4}


def test_only_tables_can_be_renamed() -> None:
    talk = [{"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]}]
    with pytest.raises(ConfigError, match=r"row 0 is none. Leave it out"):
        renamed(talk, ["ba"], 0.5, 1, seed=0)


def test_a_student_is_trained_so(small_model: str, tmp_path: Path) -> None:
    told: list[Any] = []
    options = {"epochs": 2.5, "batch_size": 6, "sharing": 3, "renaming": 0.9, "learning_rate": 1e-3}
    lm = train(make_lm(small_model), rows(), output_dir=tmp_path, progress=lambda *step: told.append(step), **options)
    assert told[-1][:2] == (3, 3)  # two sequences an epoch and two a step
    assert Path(lm.model.removeprefix("local/")).is_dir()


def test_rows_prepared_anew_are_the_same_so_that_a_killed_training_goes_on(tmp_path: Path) -> None:
    tokenizer, model = sft.load_base("tiny")
    options = {"epochs": 3.0, "batch_size": 6, "sharing": 3, "renaming": 0.9}

    def prepared(name: str) -> Any:
        plan = make_plan("tiny", rows(), options)
        trainer = sft.make_trainer(plan, tokenizer, model, tmp_path / name, sft.Watch(None, bool, 99))
        assert sft.arrange(trainer, plan, model) == 0
        return trainer.train_dataset.to_dict()

    assert prepared("first") == prepared("again")


def test_a_row_too_long_counts_once_under_however_many_names(tmp_path: Path) -> None:
    tokenizer, model = sft.load_base("tiny")
    table = next(iter(TABLES))
    long = {"messages": [
        {"role": "user", "content": f"{table}\nq {'How deep is Baikal ' * 2_000}?"},
        {"role": "assistant", "content": "SELECT 1"},
    ]}  # fmt: skip
    plan = make_plan("tiny", [*rows(), long], {"epochs": 4.0, "batch_size": 6, "sharing": 3, "renaming": 0.9})
    trainer = sft.make_trainer(plan, tokenizer, model, tmp_path, sft.Watch(None, bool, 99))
    assert sft.arrange(trainer, plan, model) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 8, "sharing": 3}, "no multiple of `sharing` 3"),
        ({"batch_size": 8, "sharing": 4, "packing": True}, "choose one"),
        ({"batch_size": 8, "sharing": 4, "processes": 2}, "work in one process only"),
    ],
)
def test_what_does_not_go_together_is_said(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make_plan("tiny", rows(), options)
