"""How the embedded student was made: random tables, its tokenizer, its training from scratch."""
