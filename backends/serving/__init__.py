"""A fine-tuned model behind an OpenAI-compatible address, and servers of others started for a run."""
