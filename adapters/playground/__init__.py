"""The playground: a chat in the browser with several people, for trying kizuki without any account."""
