"""source2synth: grounded, executed, proven-answerable training data from your own tables and documents.

The rooms, in the order in which data flows: `source2synth.data`, `.signatures`, `.programs`,
`.backends`, `.optimizers`, `.evaluation`, `.report`, `.pipeline`, `.studies`, `.cli`.
Importing this package imports none of them.
"""

__version__ = "0.1.0"
