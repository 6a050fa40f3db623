"""Someone who reads everything ever published of the surveys and tries to learn what single people answered."""
