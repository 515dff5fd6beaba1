"""The model card of a fine-tuned folder: where it comes from, what it was taught, what was measured on the way."""

from typing import Any

from .watch import evaluation_losses


def figures(state: Any) -> dict[str, Any]:
    """Return what a training measured: its last loss, and those on held-out rows."""
    losses = [float(entry["loss"]) for entry in state.log_history if "loss" in entry]
    held_out = evaluation_losses(state)
    best = {"best_held_out_loss": min(held_out)} if held_out else {}
    return {"loss": losses[-1] if losses else None, "held_out_losses": held_out, **best}


def model_card(fingerprint: dict[str, Any]) -> str:
    """Write the README.md of a folder from its fingerprint, with the metadata that model hubs read."""
    data, base, found = fingerprint["data"], fingerprint["base"], fingerprint["figures"]
    recipe = fingerprint["hyperparameters"]
    lines = [
        "---",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        "tags: [source2synth, synthetic-data]",
        "---",
        "",
        f"# Fine-tuned from {base['model']}",
        "",
        f"Fine-tuned by source2synth on {data['rows']:,} synthetic examples that were made from sources and checked. "
        f"It answers `{fingerprint['signature'] or 'conversations like its rows'}`, asked through "
        f"`{fingerprint['adapter']}`.",
        "",
        "## Data",
        "",
        f"- rows: {data['rows']:,} (hash `{data['id']}`), of which {data['too_long']:,} are longer than the context "
        "and left out",
        f"- base: `{base['model']}` (hash `{base['id']}`)",
        "",
        "## Recipe",
        "",
        *_table({**recipe, "steps done": fingerprint["steps"]}),
        "",
        "## Figures",
        "",
        *_table({"training loss at the end": found["loss"], **_held_out(found)}),
        "",
        "## Made with",
        "",
        *_table(fingerprint["versions"]),
        "",
    ]
    return "\n".join(lines)


def _held_out(found: dict[str, Any]) -> dict[str, Any]:
    losses = found["held_out_losses"]
    if not losses:
        return {"loss on held-out rows": "not measured"}
    return {
        "loss on held-out rows, first to last": f"{losses[0]:.4f} to {losses[-1]:.4f}",
        "best": f"{min(losses):.4f}",
    }


def _table(values: dict[str, Any]) -> list[str]:
    return ["| | |", "| --- | --- |", *(f"| {name.replace('_', ' ')} | {value} |" for name, value in values.items())]
