"""One module a page: what is asked of the core, and how it is laid out."""
