"""Certificates in chat: the secretariat has every winner's or all of a round, a winner their own, as PDF."""

from bot import award_scopes, awards_view, certificates, drawn_files
from bot.cards import Block, Button, Card, Heading, Reply, muted, row, say
from bot.certificates import Which
from bot.events import Press, number_in
from bot.turn import Refusal, Turn
from storage import awards, given
from storage.awards import Honour, RoundRow


def show(turn: Turn, press: Press) -> Reply:
    """A button for each certificate of a round, and one for all of them."""
    scope = award_scopes.of_button(turn, press.value)
    found = awards.of_scope(turn.tx, scope.name)
    honours = given.of_round(turn.tx, found.id) if found else []
    if found is None or not honours:
        raise Refusal("awards.not_announced")
    name = scope.unit.name(turn.lang) if scope.unit else turn.settings.organisation.title(turn.lang)
    return Reply(_card(turn, found, honours, name, scope.name))


def _card(turn: Turn, found: RoundRow, honours: list[Honour], name: str, scope: str) -> Card:
    t, many = turn.t, sum(len(one.winners) for one in honours)
    title = t("awards.certificates_title", name=name)
    blocks: list[Block] = [Heading(title), muted(t("awards.certificates_about"))]
    for one in honours:
        blocks += [Heading(awards_view.titled(turn, one.award, turn.lang), 3), _buttons(turn, found, one)]
    every = Button("award.certificate", t("awards.all_certificates", n=many), Which(found.id).written(), "primary")
    blocks.append(row(every, Button("award.list", t("awards.back"), scope)))
    return Card(tuple(blocks), title, turn.lang)


def _buttons(turn: Turn, found: RoundRow, one: Honour) -> Block:
    def button(person: int, name: str) -> Button:
        return Button("award.certificate", name, Which(found.id, one.number, person).written())

    return row(*(button(w.person_id, turn.t("kudos.san", name=w.name(turn.lang))) for w in one.winners))


def make(turn: Turn, press: Press) -> Reply:
    """Hand over a certificate, or those of a whole round; whose it is and whether there is one is asked first."""
    turn.me  # noqa: B018 - whoever is not on the roster is told why
    which = _which(press.value)
    certificates.drawn(turn, which, turn.lang)
    file = drawn_files.certificate(turn, turn.me.id, which, turn.lang)
    until = turn.local(turn.at_in(turn.settings.privacy.files))
    said = turn.t("awards.certificate_ready", until=until)
    return Reply(Card((say(said), file), said, turn.lang))


def _which(value: str) -> Which:
    numbers = [number_in(part) if part else None for part in value.split(":")]
    if len(numbers) != 3 or numbers[0] is None or (numbers[1] is None) != (numbers[2] is None):
        raise Refusal("cards.stale")
    return Which(numbers[0], numbers[1], numbers[2])


ACTIONS = {"award.certificates": show, "award.certificate": make}
LOOKS = frozenset(("award.certificates",))
