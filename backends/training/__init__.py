"""Fine-tuning of local models."""
