"""Slack as a platform: requests in, cards out."""
