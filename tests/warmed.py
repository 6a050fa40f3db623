"""What nearly every command begins with, done once: imported by the process from which `tests.commands` forks them.

What kizuki ships is read once; a pack in any other folder is read by the command itself.
"""

import gc

from adapters import app, models
from bot import phrases
from bot.organisation import LANGUAGES
from bot.settings import Settings
from tests import shipped

shipped.read_once()
phrases.load(app.CONTENT / "locales", LANGUAGES)
models.suggester(*app.packed(app.CONTENT, Settings.model_fields["pack"].default))
gc.freeze()
