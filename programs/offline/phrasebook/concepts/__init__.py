"""Everything that the phrase book knows of headers; where two concepts claim one, the earlier file wins."""

from .bodies import BODIES
from .contests import CONTESTS
from .games import GAMES
from .lands import LANDS
from .offices import OFFICES
from .prizes import PRIZES
from .quantities import QUANTITIES
from .releases import RELEASES
from .rosters import ROSTERS
from .times import TIMES
from .works import WORKS

CONCEPTS = (*ROSTERS, *OFFICES, *GAMES, *CONTESTS, *PRIZES, *WORKS, *RELEASES, *LANDS, *BODIES, *TIMES, *QUANTITIES)

__all__ = ["CONCEPTS"]
