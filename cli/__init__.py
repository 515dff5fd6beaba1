"""The command line: `source2synth run`, `init`, `demo`, `validate`."""

from .environment import settle


def main() -> None:
    """Run the command in `sys.argv` and exit with its code."""
    settle()
    from .app import app

    app()


__all__ = ["main"]
