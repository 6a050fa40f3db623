"""The pages: the same figures as in chat, in a browser, without a script."""
