"""Stages `synth-model`, `curated-model` and `control-model`: the same student, after it learned from three sets."""

from pydantic import JsonValue

from ...errors import TrainingError
from ..lessons import Teaching
from ..stage import Figures, Run, Stage
from ..store import StageFolder
from ..students import learn, learning
from .checks import load_checked
from .curated import load_set
from .examples import load_examples
from .twins import load_twins
from .verdicts import OTHER_HALF


def settings(run: Run) -> JsonValue:
    """The student, what it sees, how it learns and how often."""
    return learning(run)


def synth_settings(run: Run) -> JsonValue:
    """Also whether both halves get a model."""
    return [settings(run), run.recipe.curation.half]


def synth(run: Run, folder: StageFolder) -> Figures:
    """Train LLMSynth on what passed the checks of slice 0; with `half: both` another one on slice 1.

    Raises:
        TrainingError: nothing passed them; the message says why.
    """
    parts, fallen = load_checked(run)
    if not parts["slice_0"]:
        from ...optimizers.curating import fates

        everything = [example for part in load_examples(run).values() for example in part]
        raise TrainingError(
            f"No example of slice 0 is left to train LLMSynth on: {fates(everything, [*fallen.values()])}"
        )
    taught = [*parts["slice_0"], *load_twins(run, "slice_0")]
    teachings = [Teaching(folder, taught, "LLMSynth", run.recipe.evaluation.seeds)]
    if run.recipe.curation.half == "both":
        other = [*parts["slice_1"], *load_twins(run, "slice_1")]
        teachings.append(Teaching(folder, other, "LLMSynth of the other half", 1, OTHER_HALF))
    return {name: figure for figures in learn(run, *teachings) for name, figure in figures.items()}


def curated(run: Run, folder: StageFolder) -> Figures:
    """Train LLMCurated, from the base, on what curation kept; beside it the control, if several may be at once.

    The control's weights lie in the folder of its own stage, which then finds them there.
    """
    teachings = [Teaching(folder, load_set(run, "training"), "LLMCurated", run.recipe.evaluation.seeds)]
    if run.recipe.training.at_once > 1 and _control_wanted(run):
        teachings.append(_control_teaching(run, CONTROL.folder(run)))
    return learn(run, *teachings)[0]


def control(run: Run, folder: StageFolder) -> Figures:
    """Train the control, from the base, on as many examples drawn at random."""
    return learn(run, _control_teaching(run, folder))[0]


def _control_teaching(run: Run, folder: StageFolder) -> Teaching:
    return Teaching(folder, load_set(run, "control"), "the control", run.recipe.evaluation.seeds)


def _anything_kept(run: Run) -> bool:
    """Tell whether there is anything to train on; a run that kept nothing ends with that finding, not with an error."""
    figures = run.figures["curated"]
    return bool(figures["kept"] or figures["human"])


def _control_wanted(run: Run) -> bool:
    return run.recipe.curation.control and _anything_kept(run)


SYNTH = Stage("synth-model", 1, ("checks", "parts", "twins"), synth_settings, synth)
CURATED = Stage("curated-model", 1, ("curated",), settings, curated, _anything_kept)
CONTROL = Stage("control-model", 1, ("curated",), settings, control, _control_wanted)
