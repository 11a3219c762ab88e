"""Published results of others, each with its source: shown beside ours, never compared with them."""
