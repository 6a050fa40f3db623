"""A reaction to one of the bot's own messages: it stands for the button that agrees with what is written there."""

from bot.cards import Button, Buttons, Card

# What each means, and what takes it back where anything does.
AGREES = {"note.support": "note.unsupport", "kudos.clap": "", "daily.read": ""}


def meant(card: Card, *, taken_back: bool = False) -> tuple[str, str] | None:
    """The action and value a reaction under a card stands for; None where it is nothing but a reaction."""
    button = next((b for b in _buttons(card) if b.action in AGREES), None)
    if button is None:
        return None
    action = AGREES[button.action] if taken_back else button.action
    return (action, button.value) if action else None


def _buttons(card: Card) -> list[Button]:
    return [b for block in card.blocks if isinstance(block, Buttons) for b in block.buttons]
