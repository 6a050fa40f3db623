"""The commands of the message extension, as the app package names them."""

from typing import Final

NOTE: Final = "note"
KUDOS: Final = "kudos"
MINE: Final = "mine"
PRINCIPLES: Final = "principles"
# What a search is for stands in a parameter of this name; the first search comes with another one and no words.
WORDS: Final = "words"
# The core's action on a message, and without one.
ACTIONS: Final = {NOTE: ("note.quote", "note.compose"), KUDOS: ("kudos.quote", "kudos.compose")}
