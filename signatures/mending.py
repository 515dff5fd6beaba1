"""What a model is told when its reply was nearly right, so that it replies once more."""

OUT_OF_FORM = """\
This reply could not be read: {error}
Reply again in full, in the form asked for above, with every field and nothing else."""

CUT_OFF = """\
This reply was cut off because it was too long.
Reply again in full, in the form asked for above, in far fewer words."""

EMPTY = """\
The reply was empty. Reply in the form asked for above."""
