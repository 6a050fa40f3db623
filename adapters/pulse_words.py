"""What `kizuki pulse prove` says: of the tables, of each thing it checks, and of what nothing protects from."""

STATES = {
    "open": "{code} is open from {opened_on} to the day before {closes_on}: {invited:,} people are asked, "
    "in groups of at least {k}.",
    "closing": "{code} takes no answers any more and is about to be closed: {invited:,} people were asked, "
    "in groups of at least {k}.",
    "closed": "{code} was closed on {closed_on}: {invited:,} people had been asked, in groups of at least {k}.",
}

# By table; "" is every other one.
HOLDS = {
    "pulse": "the survey: its questions, days and, once closed, the published table",
    "pulse_group": "the groups in which answers are counted, fixed when it opened",
    "pulse_said": "what the published table says of each unit, so that not all of it is read to show one",
    "pulse_invited": "who is asked and in which group they count; not whether they answered",
    "pulse_ticket": "that somebody answered: a keyed hash without name, time or order; gone at close",
    "pulse_tally": "how often each answer was given in a group; gone at close",
    "pulse_spent": "receipts that were used to change an answer: keyed hashes; gone at close",
    "pulse_line": "free lines under keys drawn by lot; gone at close",
    "outbox": "messages about it: invitations, reminders to everybody alike, results",
    "body": "the cards of these messages, the same for everybody",
    "audit": "that it was opened, closed or followed up, and by whom",
    "once": "that its results were told",
    "slot": "that the scheduled runs which close it and tell of it were done",
    "message": "the cards of these messages as the playground shows them",
    "file": "a copy of their own data that somebody asked for",
    "": "rows that name it",
}

# What is said of each check: where all is well, and where something was found.
CHECKS = {
    "marks": (
        "{tickets:,} tickets, each 32 digits of a keyed hash. The key is made from one that is not in the database.",
        "{odd:,} tickets, used receipts or free lines have keys of another form: they may say who answered.",
    ),
    "unkeyed": (
        "No ticket is a hash that can be made without the key: {guesses:,} guesses from names and accounts fit none.",
        "{hits:,} tickets can be made from a person's key, number or account without the key: they say who answered.",
    ),
    "counted": (
        "As many answers are counted as there are tickets: {answered:,}.",
        "{answered:,} answers are counted, but there are {tickets:,} tickets.",
    ),
    "counters": (
        "{counters:,} counters: each has a group, a question, an answer and a number; no person and no time.",
        "{strange:,} of {counters:,} counters count something that was not asked, or nobody's group.",
    ),
    "elsewhere": (
        "No ticket's mark stands in any other table.",
        "Marks of tickets stand where they lead on to something else: {places}.",
    ),
    "together": (
        "No row about a person, and no other row, has the transaction number of an answer (xmin).",
        "Rows were written in one transaction with an answer: {places}.",
    ),
    "other_key": (
        "The key at hand is the one it was opened with.",
        "The key at hand is not the one it was opened with: nobody can answer. Is the right one in app.yaml?",
    ),
    "forgotten": (
        "Tickets, counters, used receipts and free lines are gone.",
        "It is closed, and yet there are rows that should be gone: {places}.",
    ),
    "key_gone": (
        "Its salt is destroyed: no ticket or receipt can be made or opened any more, not even with the key.",
        "It is closed, and yet its salt is still there: with the key, tickets and receipts can be made again.",
    ),
    "dead": (
        "{table}: the file is empty, nothing deleted is left in it.",
        "{table}: the file has {size:,} bytes, {dead:,} deleted rows are known; close a survey or run a full vacuum.",
    ),
    "shape": (
        "The tables of tickets, counters, receipts and free lines have no column for a person, a place or a time.",
        "There are columns or tables that should not be: {places}.",
    ),
    "numbered": (
        "These tables are kept in the order of their keys: no row number says in which order people answered.",
        "These tables number their rows in the order in which they came: {places}.",
    ),
    "audit": (
        "The audit log says of it only that it was opened, closed or followed up.",
        "The audit log has other entries about it: {places}.",
    ),
    "claims": (
        "No key of what was done once, or at a scheduled time, says anything of who answered.",
        "Keys of what was done once name the survey: {places}.",
    ),
    "reminders": (
        "{rows:,} reminders wait, for everybody alike; one that was sent leaves no row.",
        "{told:,} of {rows:,} reminders say what became of them, so who had not answered.",
    ),
    "receipts": (
        "No receipt is stored: each is on its holder's own card only.",
        "Receipts are stored, which hold answers for whoever has the key: {places}.",
    ),
    "remains": (
        "Neither {free:,} free pages of the file nor {log:,} bytes of its log hold deleted tickets or counters.",
        "What looks like deleted tickets or counters is still in the file ({places}): pulse-close clears it up.",
    ),
    "keyed": (
        "The key is nowhere in the file of the database or in its log.",
        "The key stands in the file of the database or in its log.",
    ),
}

_ALWAYS = (
    "It is known who was asked and in which group they count; it has to be, for the figures to be right.",
    "Where all in a group answer alike, the figure tells what each of them said. It is shown as 80 % or more.",
    "Copies of the database that were made earlier hold what it held then.",
)
LIMITS = {
    "open": (
        "Someone who copies the live database between two answers can see which counters changed.",
        "Whoever also watches who answers just then learns what. A copy of an SQLite log holds several moments.",
        "Someone who has the database and the key can see who has answered, though not what.",
        *_ALWAYS,
    ),
    "closed": _ALWAYS,
}
