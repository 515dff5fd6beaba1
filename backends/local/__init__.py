"""Language models in this process: loading, batching, sampling."""
