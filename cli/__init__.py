"""The command line: `source2synth run`, `init`, `optimize`, `demo`, `validate`, `export`, `serve`."""

from .environment import settle


def main() -> None:
    """Run the command in `sys.argv` and exit with its code."""
    settle()
    from .app import app
    from .failures import INTERRUPTED, leave

    try:
        app()
    except SystemExit as left:
        if left.code == INTERRUPTED:
            leave(INTERRUPTED)
        raise


__all__ = ["main"]
