"""Training and fine-tuning of the networks."""
