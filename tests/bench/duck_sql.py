"""What DuckDB is asked, one walk over columns after the other; `$since`, `$until` and days are bound."""

_DURING = "moment >= $since and moment < $until"
_OWN = "(giver_unit = unit and unit <> 0)"
# The tree as it was when something was done, or as it is on a day.
_THEN = "join tree t on t.unit = {of}.unit and {of}.moment >= t.starts_at and {of}.moment < t.ends_at"
_NOW = (
    "join posting p on p.person = {of}.{who} and p.starts_on <= $day and p.ends_on > $day "
    "join tree t on t.unit = p.unit and t.starts_on <= $day and t.ends_on > $day"
)
_NOTES = (
    f"select state, count(*) from note where {_DURING} group by state",
    f"select count(distinct author) from note where {_DURING} and author <> 0",
    f"select number, count(*) from tag where {_DURING} and number <> 0 group by number",
    f"select count(*) from gift where {_DURING}",
)
RECOGNITION = (
    f"""select number, count(distinct kudos), count(distinct receiver), count(distinct giver) from thanks
        where {_DURING} and number <> 0 group by number""",
    "select receiver from thanks group by receiver having min(moment) >= $since and min(moment) < $until",
    "select giver from gift group by giver having min(moment) >= $since and min(moment) < $until",
    f"""select receiver, count(distinct giver_unit) from thanks where {_DURING} and not {_OWN} and giver_unit <> 0
        group by receiver having count(distinct giver_unit) >= 3""",
    f"""select distinct number, unit
        from (select number, unit, moment from tag union all select number, unit, moment from thanks)
        where {_DURING} and number <> 0 and unit <> 0""",
    "select unit, count(*) from posting where starts_on <= $day and ends_on > $day group by unit",
    *_NOTES,
)
BEFORE = (*_NOTES, f"select number, sum(lead) from thanks where {_DURING} and number <> 0 group by number")
# The points of everybody, with what docs/recognition.md takes off, and the first five places of each principle.
SHORTLISTS = f"""
with newest as (
    select number, receiver, giver, arg_max(giver_unit, moment * 1000000 + kudos) as unit,
           arg_max({_OWN}, moment * 1000000 + kudos) as own
    from thanks where {_DURING} and number <> 0 group by number, receiver, giver),
gave as (select distinct giver, receiver from thanks where {_DURING}),
gave_few as (
    select giver, list_sort(list(receiver)) as people from gave group by giver having count(*) <= 3),
size as (select unit, count(*) as people from posting where starts_on <= $day and ends_on > $day group by unit),
times as (select receiver, count(*) as n from thanks where {_DURING} group by receiver),
held as (select distinct person, role from role),
usual as (
    select ((select sum(n) from times) - coalesce((select sum(n) from times
                where receiver in (select person from held)), 0))
           / greatest(1, (select sum(people) from size) - (select count(distinct person) from held)) as n),
role_of as (
    select role, round(least(2, greatest(1,
        (sum(coalesce(n, 0)) + 20 * (select n from usual)) / ((count(*) + 20) * (select n from usual)))), 2) as divided
    from held left join times on times.receiver = held.person group by role),
role_by as (select person, max(divided) as divided from held join role_of using (role) group by person),
back as (
    select n.number, n.receiver, n.giver from newest n join gave g on g.giver = n.receiver and g.receiver = n.giver),
asked as (select distinct receiver, giver from newest),
ring as (
    select a.receiver, a.giver from asked a join gave other on other.receiver = a.giver
    left join gave mine on mine.giver = a.receiver and mine.receiver = other.giver
    group by a.receiver, a.giver having 2 * count(mine.giver) >= count(*)),
returned as (
    select number, receiver, giver from back
    union select n.number, n.receiver, n.giver from newest n
        join ring r on r.receiver = n.receiver and r.giver = n.giver),
alone as (
    select n.number, n.receiver, n.giver, count(*) over (partition by n.number, n.receiver, f.people) as n
    from newest n join gave_few f on f.giver = n.giver),
back_count as (select number, receiver, count(*) as n from returned group by number, receiver),
weighed as (
    select n.number, n.receiver, n.giver, n.unit, n.own,
        least(case when r.giver is null then 1 else 1 / (1 + sqrt(b.n)) end,
              case when a.giver is null then 1 else 1 / sqrt(a.n) end) as weight
    from newest n
    left join returned r on r.number = n.number and r.receiver = n.receiver and r.giver = n.giver
    left join back_count b on b.number = n.number and b.receiver = n.receiver
    left join alone a on a.number = n.number and a.receiver = n.receiver and a.giver = n.giver),
parts as (
    select number, receiver, w.unit, own, count(*) as givers,
        sum(weight) * case when own then coalesce(least(1.5, 15.0 / (any_value(s.people) + 4)), 1) else 1 end as weight
    from weighed w left join size s on s.unit = w.unit group by number, receiver, w.unit, own),
points as (
    select number, receiver, sum(givers) as givers, count(distinct unit) as units,
        cast(floor(sum(case when weight <= 1 then weight else 5 * weight / (weight + 4) end)
            / coalesce(any_value(divided), 1) * 10 + 0.5 + 1e-9) as integer) as tenths
    from parts left join role_by on person = receiver group by number, receiver having sum(givers) >= 2),
placed as (
    select *, rank() over (partition by number order by tenths desc) as place,
        row_number() over (partition by number order by tenths desc, units desc, givers desc, receiver) as line
    from points)
select number, receiver, tenths from placed where place <= 5 and line <= 10 and tenths > 0 order by number, line
"""
_MARKED = "day >= $first and day < $end"
_WEEK = "(moment - $since) // 604800000"
_DAYS = "date_diff('day', strptime(cast($first as varchar), '%Y%m%d'), strptime(cast(day as varchar), '%Y%m%d')) // 7"
_CHILD = "join tree t on t.unit = {of}.unit and t.starts_on <= $day and t.ends_on > $day"
ADOPTION = (
    f"select tried, number, count(distinct person) from mark where {_MARKED} group by tried, number",
    f"select tried, count(distinct person) from mark where {_MARKED} group by tried",
    f"""select t.above, tried, count(distinct person) from mark {_CHILD.format(of="mark")}
        where {_MARKED} group by t.above, tried""",
    f"select {_DAYS} as week, count(distinct person) from mark where tried = 1 and {_MARKED} group by week",
    f"select facet, tried, count(*) from mark where {_MARKED} group by facet, tried",
    f"select number, count(distinct author) from tag where {_DURING} and author <> 0 and number <> 0 group by number",
    f"select {_WEEK} as week, count(distinct author) from note where {_DURING} and author <> 0 group by week",
    f"""select t.above, count(distinct author) from note {_CHILD.format(of="note")}
        where {_DURING} and author <> 0 group by t.above""",
    f"select number, count(distinct receiver) from thanks where {_DURING} and number <> 0 group by number",
    f"select {_WEEK} as week, count(distinct receiver) from thanks where {_DURING} and number <> 0 group by week",
    f"""select t.above, count(distinct receiver) from thanks {_CHILD.format(of="thanks")}
        where {_DURING} and number <> 0 group by t.above""",
    "select count(*) from posting where starts_on <= $day and ends_on > $day",
)


def tree(view: str) -> tuple[str, ...]:
    """What is asked for the roll-up of every unit, as it was then or by where people are now."""

    def of(table: str, who: str, what: str, where: str = "true", by: str = "") -> str:
        joined = (_THEN if view == "then" else _NOW).format(of=table, who=who)
        return f"select t.above{by}, {what} from {table} {joined} where {_DURING} and {where} group by t.above{by}"

    return (
        of("note", "author", "count(*), count(distinct case when author <> 0 then author end)"),
        of("tag", "author", "count(*)", "number <> 0", ", number"),
        of("thanks", "receiver", "count(distinct (kudos, receiver)), count(distinct receiver)"),
        of("thanks", "receiver", "count(*)", "number <> 0", ", number"),
        of("gift", "giver", "count(*)"),
        """select t.above, count(*) from posting p join tree t on t.unit = p.unit and t.starts_on <= $day
           and t.ends_on > $day where p.starts_on <= $day and p.ends_on > $day group by t.above""",
    )
