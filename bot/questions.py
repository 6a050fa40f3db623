"""Questions of a pulse: what a set of them is, and how one survey asks them and keeps what it asked."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, TypeAdapter

from bot.organisation import LANGUAGES
from bot.packs import NAME, Part, Principle

MOST, MOST_TEXT = 5, 1
FEWEST_ANSWERS, MOST_ANSWERS = 2, 10
# The longest free line, and the longest title of a principle inside a question.
LONGEST_LINE, LONGEST_PRINCIPLE, LONGEST_TEXT, LONGEST_TITLE = 300, 60, 150, 24
PRINCIPLE = "{principle}"
POINTS = {"scale": tuple(map(str, range(1, 6))), "nps": tuple(map(str, range(11)))}

Kind = Literal["choice", "many", "scale", "nps", "text"]
S = TypeVar("S")


def _language(lang: str) -> str:
    if lang not in LANGUAGES:
        raise ValueError(f"'{lang}' is not a language: {', '.join(LANGUAGES)}")
    return lang


def _in_all(texts: dict[str, S]) -> dict[str, S]:
    if missing := [lang for lang in LANGUAGES if lang not in texts]:
        raise ValueError(f"has no text in {', '.join(missing)}")
    return texts


def _value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("put it in quotes: yes, no, on and off mean true and false in YAML")
    return str(value) if isinstance(value, int) else value


def _unnumbered(name: str) -> str:
    if re.search(r"-\d+$", name):
        raise ValueError("ends in a number, as only questions about a principle do when they are asked")
    return name


# The lengths are what the narrowest platform shows whole.
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE)]
End = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=75)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]
Texts = Annotated[dict[Annotated[str, AfterValidator(_language)], S], AfterValidator(_in_all)]
Name = Annotated[str, Field(pattern=rf"^{NAME}$", max_length=20)]
Value = Annotated[str, BeforeValidator(_value), Field(pattern="^[a-z0-9-]{1,20}$")]


class Answer(Part):
    """One answer to choose; `none` is the "none of these" that stands alone."""

    value: Value
    text: Texts[Label]
    none: bool = False


class Ends(Part):
    """What the lowest and the highest point of a scale mean."""

    low: Texts[End]
    high: Texts[End]


class Target(Part):
    """What is aimed at: so many percent of those who answer give one of the answers `reached`."""

    share: int = Field(ge=1, le=100)
    reached: tuple[Value, ...] = Field(min_length=1)


class Question(Part):
    """A question as its file says it; one about the week's principle is another question with every principle."""

    id: Annotated[Name, AfterValidator(_unnumbered)]
    kind: Kind
    text: Texts[Sentence]
    hint: Texts[Sentence] | None = None
    answers: tuple[Answer, ...] = ()
    ends: Ends | None = None
    about: Literal["principle"] | None = None
    target: Target | None = None
    steps: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The answers that count, in order; none for a free line."""
        return POINTS.get(self.kind) or tuple(answer.value for answer in self.answers)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """What is asked together. Whoever changes it raises its version; surveys keep what they asked."""

    name: str
    version: int
    title: dict[str, str]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as one survey asks it, with all that is needed to draw it years later.

    `values` are the answers that count, in order; `labels` has what they are called by language, on a scale only its
    ends; `none` is the answer that stands alone. The target is `share` percent for the answers `reached`, 0 without
    one. `title` is that of the set, `principle` the number the question is about.
    """

    id: str
    kind: Kind
    title: dict[str, str]
    text: dict[str, str]
    hint: dict[str, str] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    none: str = ""
    steps: bool = False
    share: int = 0
    reached: tuple[str, ...] = ()
    principle: int | None = None

    def check(self, values: tuple[str, ...]) -> bool:
        """Whether this is an answer to the question; whatever a card sends is checked by this."""
        match self.kind:
            case "text":
                return len(values) <= 1 and all(len(value.strip()) <= LONGEST_LINE for value in values)
            case "many":
                known = 0 < len(values) == len(set(values) & set(self.values))
                return known and (len(values) == 1 or self.none not in values)
            case _:
                return len(values) == 1 and values[0] in self.values

    def label(self, value: str, lang: str) -> str:
        """What an answer is called: 聞いたことがある, or 5 とても満足 at the end of a scale."""
        called = self.labels.get(value, {}).get(lang, "")
        return f"{value} {called}".rstrip() if self.kind in POINTS else called or value


_snapshot = TypeAdapter(tuple[Asked, ...])


def asked(question_set: QuestionSet, principle: Principle | None = None) -> tuple[Asked, ...]:
    """The questions as one survey asks them; raises `ValueError` where they need a principle and there is none."""
    return tuple(_asked(question, question_set.title, principle) for question in question_set.questions)


def dump(questions: tuple[Asked, ...]) -> str:
    """The questions as a survey keeps them, so that later edits of the files change nothing in it."""
    return _snapshot.dump_json(questions).decode()


def restore(text: str) -> tuple[Asked, ...]:
    """The questions that `dump` kept."""
    return _snapshot.validate_json(text)


def _asked(question: Question, title: dict[str, str], principle: Principle | None) -> Asked:
    target = question.target
    about = _needed(question, principle) if question.about else None
    return Asked(
        id=f"{question.id}-{about.number}" if about else question.id,
        kind=question.kind,
        title=title,
        text=_filled(question.text, about) if about else question.text,
        hint=question.hint or {},
        values=question.values,
        labels=_labels(question),
        none=next((answer.value for answer in question.answers if answer.none), ""),
        steps=question.steps,
        share=target.share if target else 0,
        reached=target.reached if target else (),
        principle=about.number if about else None,
    )


def _needed(question: Question, principle: Principle | None) -> Principle:
    if principle is None:
        raise ValueError(f"'{question.id}' asks about a principle")
    return principle


def _filled(text: dict[str, str], principle: Principle) -> dict[str, str]:
    return {lang: said.replace(PRINCIPLE, _short(principle.title[lang])) for lang, said in text.items()}


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_PRINCIPLE else f"{title[: LONGEST_PRINCIPLE - 1]}…"


def _labels(question: Question) -> dict[str, dict[str, str]]:
    if question.ends:
        return {question.values[0]: question.ends.low, question.values[-1]: question.ends.high}
    return {answer.value: answer.text for answer in question.answers}
