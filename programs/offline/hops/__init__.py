"""Entity seeds, hops and composition without a model, from the facts that the relation patterns find."""

from .atlas import Atlas, atlas_of
from .compose import RelationComposition
from .names import OtherNames
from .questions import FactHops
from .reword import RewordHop
from .seeds import STRATEGIES, EntitySeeds

__all__ = [
    "STRATEGIES",
    "Atlas",
    "EntitySeeds",
    "FactHops",
    "OtherNames",
    "RelationComposition",
    "RewordHop",
    "atlas_of",
]
