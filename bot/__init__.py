"""The core: what kizuki does, without any chat platform, web server or scheduler."""
