"""Models behind the OpenAI chat protocol, asked over our own asynchronous connections."""
