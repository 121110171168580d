-- What must hold between rows: each query gives the rows that break it, as table, id, column, what is
-- expected, and what is found (null: the cell). There are the tables with all cells as text, and
--   items (resource, id, "column", item, of, key): the ids in a list, and the keys of numbers in the
--   statement of a claim, each with the table and the row that it leads to if it is such a key.
--   figures (resource, id, point, value, low, high, unit, scale, dims, qualifier, metric, alike): rows
--   with a range, their empty cells null, the column of the point, scale and dimensions of the unit,
--   and in one text the cells that are not of the figure, by `twins` in rules.toml;
--   kinds (dims, unit, "table", "where", "from", "to", signed): `sense` in rules.toml.
-- fits(pattern, text) searches; cell(table, id, column) is null where there is none; place(table, id) is file and line; day(date, 0)
-- and day(date, 1) are the first and last of a date, null where it does not parse;
-- beside(unit) is the same for units that can be set side by side.

-- A cell fact is the key of a number: of a fact, of a derived one, or table/row.
select resource, id, 'fact', 'the key of a number, a fact or table/row', null
from items where "column" = 'fact'
  and cell(of, key, 'id') is null and cell('derived', item, 'id') is null;

-- Each id in a list is that of a row, and stands in it once.
select resource, id, "column", 'ids of sources.csv', item from items
where "column" in ('source_ids', 'same_in') and item not in (select id from sources)
union all
select resource, id, "column", 'ids of facts.csv', item from items
where "column" = 'fact_ids' and item not in (select id from facts)
union all
select resource, id, "column", 'keys of figures, a fact or table/row', item from items
where "column" = 'row_ids' and resource = 'disagreements'
  and cell(of, key, 'qualifier') is null and cell('derived', item, 'id') is null
union all
select resource, id, "column", 'each id once', null from items
where "column" <> 'fact' group by resource, id, "column", item having count(*) > 1;

-- A disagreement is between two figures or more, in units that can be set side by side. Figures that
-- are all the same disagree only where the words for them do.
with named as (
  select disagreements.id, kind, item, cell(of, key, 'unit') as unit, json_array(
      cell(of, key, 'value'), cell(of, key, 'unit'), cell(of, key, 'low'), cell(of, key, 'high'),
      cell(of, key, 'qualifier'), cell(of, key, 'period')) as said,
    cell(of, key, 'qualifier') is not null as is_figure
  from disagreements left join items on resource = 'disagreements' and items.id = disagreements.id
)
select 'disagreements', id, 'row_ids', 'at least two figures', null
from named group by id having count(item) < 2
union all
select 'disagreements', id, 'row_ids',
  'figures in one unit, or all in money, or all in chips and their like', group_concat(unit, ', ')
from (select distinct id, beside(unit) as unit from named where is_figure order by 1, 2)
group by id having count(*) > 1
union all
select 'disagreements', id, 'row_ids', 'figures that differ, or a kind that is of words', null
from named where kind not in ('definition', 'scope', 'slip')
group by id having count(*) > 1 and min(is_figure) and count(distinct said) = 1;

-- Each source is used.
select 'sources', id, 'id', 'a source that some row uses', id || ', unused'
from sources where id not in (select item from items where "column" = 'source_ids');

-- No page has two rows, whatever its scheme, its "www." or its final slash.
with pages as (
  select rowid as line, id, lower(rtrim(substr(url, instr(url, '://') + 3), '/')) as page from sources
), bare as (
  select line, id, case when page like 'www.%' then substr(page, 5) else page end as page from pages
)
select 'sources', later.id, 'url', 'a page without a row (it is ' || first.id || ')', null
from bare as later join bare as first on first.page = later.page and first.line < later.line
group by later.id;

-- What the article says is a claim of kind article, each statement once; what it omits none.
select 'claims', later.id, 'statement_id', 'a statement without a claim (it has ' || first.id || ')', null
from claims as later
join claims as first on first.statement_id = later.statement_id and first.rowid < later.rowid
where later.statement_id <> '' group by later.id;

select 'article_statements', said.id, 'id',
  'a claim for what the article says, and none for what it leaves out', coalesce(claims.id, 'none')
from article_statements as said left join claims on claims.statement_id = said.id
where (claims.id is null) = (said.verdict <> 'left out') group by said.id;

-- A relation joins two claims once, when both were said.
select 'relations', later.id, 'relation', 'a relation without a row (it is ' || first.id || ')', null
from relations as later join relations as first using (claim_id, relation, other_id)
where first.rowid < later.rowid group by later.id;

select 'relations', one.id, 'date', 'a day on which both claims were said', null
from relations as one join claims on claims.id = claim_id join claims as other on other.id = other_id
where day(one.date, 1) < max(day(claims.date, 0), day(other.date, 0));

-- Only the younger retells or bears out.
select 'relations', one.id, 'other_id',
  'a claim no younger than ' || claims.id || ' (' || claims.date || ')',
  other.id || ' (' || other.date || ')'
from relations as one join claims on claims.id = claim_id join claims as other on other.id = other_id
where (retells(relation) and day(claims.date, 1) < day(other.date, 0))
  or (bears_out(relation) and day(claims.date, 1) < day(other.date, 1));

-- Who retells or answers nothing says why.
select 'claims', id, 'note', 'why it retells no claim: its origin counts as unknown', null
from claims where kind in ('relay', 'article') and note = ''
  and id not in (select claim_id from relations where retells(relation));

select 'claims', id, 'note', 'why it answers no claim of relations.csv', null
from claims where kind = 'answer' and note = '' and id not in (select claim_id from relations);

-- The figures of a claim whose report was answered have that report. Those of a report that is denied
-- have the answer where a relation denies their claim, and nowhere else.
select of, key, 'report_id',
  claims.report_id || ', as the claim ' || claims.id || ', which names the figure', null
from claims join press_reports on press_reports.id = report_id
join items on items.resource = 'claims' and items.id = claims.id and items."column" = 'statement'
where claims.kind = 'report' and not silence(response_type)
  and cell(of, key, 'report_id') <> claims.report_id;

select of, key, 'reply_scope',
  'this figure where a relation denies the claim ' || claims.id || ', and nowhere else', null
from claims join press_reports on press_reports.id = report_id
join items on items.resource = 'claims' and items.id = claims.id and items."column" = 'statement'
where claims.kind = 'report' and denies(response_type)
  and cell(of, key, 'report_id') = claims.report_id
  and (cell(of, key, 'reply_scope') = 'this figure')
    <> (claims.id in (select other_id from relations where relation = 'denies'));

-- A cell that rests on some pages of its row is there, and its row has these pages.
select 'support', id, 'column', 'a filled column of a row, as resource, row_id and column', null
from support where coalesce(cell(resource, row_id, "column"), '') = '';

select 'support', support.id, 'source_ids', 'pages of the row', group_concat(item, ', ')
from support join items on items.resource = 'support' and items.id = support.id
where cell(support.resource, row_id, support."column") <> '' and item not in (
  select item from items
  where items.resource = support.resource and id = row_id and "column" = 'source_ids')
group by support.id;

-- No correction has expired. The last of a cell is what the cell holds, and those before lead up to it.
with lines as (
  select *, lag(new) over cells as was, lag(id) over cells as former from corrections
  window cells as (partition by resource, row_id, "column" order by rowid)
)
select 'corrections', id, 'old', 'what ' || former || ' left, ''' || was || '''', null
from lines where was <> old;

-- A line for the column id takes the row out, and with it what was corrected in the row before.
with lines as (
  select *, max(rowid) as line from corrections group by resource, row_id, "column"
), last as (
  select *, cell(resource, row_id, 'id') is not null as is_there,
    "column" = 'id' and new = '' as goes, cell(resource, row_id, "column") as held
  from lines where "column" = 'id'
    or not exists (select 1 from lines as gone
      where gone.resource = lines.resource and gone.row_id = lines.row_id and gone."column" = 'id')
)
select 'corrections', id,
  case when resource not in (select name from sqlite_schema) then 'resource'
    when not is_there or goes then 'row_id' when held is null then 'column' else 'new' end,
  case when resource not in (select name from sqlite_schema) then 'a resource of the package'
    when not is_there then 'a row of ' || resource
    when goes then 'a row that ' || resource || ' no longer has, because the line takes it out'
    when held is null then 'a column of ' || resource else '''' || new || '''' end,
  case when is_there and not goes and held is not null
    then '''' || held || ''' in ' || place(resource, row_id) end
from last where is_there = goes or (is_there and held is not new) order by line;

-- low ≤ value ≤ high; a one-sided qualifier states its bound, the others a point or a range.
with told as (
  select *, cast(value as real) as v, cast(low as real) as l, cast(high as real) as h,
    case when qualifier in ('at least', 'more than') then 'low'
      when qualifier in ('less than', 'nearly', 'up to') then 'high' else '' end as bound
  from figures
), said as (
  select *, coalesce(v, l, h) is not null as is_said, substr(
    case when l is not null or bound = 'low' then ', low is ' || coalesce(low, 'empty') else '' end
    || case when v is not null then ', ' || point || ' is ' || value else '' end
    || case when h is not null or bound = 'high' then ', high is ' || coalesce(high, 'empty') else '' end,
    3) as found
  from told
)
select resource, id, point, 'low ≤ value ≤ high', found from said where l > v or v > h or l > h
union all
select resource, id, 'qualifier', 'a qualifier beside a figure', null
from said where is_said and qualifier is null
union all
select resource, id, point, 'a point or a range beside a qualifier', null
from said where not is_said and qualifier is not null
union all
select resource, id, 'low', 'low equal to ' || point || ' and no high with "' || qualifier || '"', found
from said where is_said and bound = 'low' and (l is not v or h is not null)
union all
select resource, id, 'high', 'high equal to ' || point || ' and no low with "' || qualifier || '"', found
from said where is_said and bound = 'high' and (h is not v or l is not null)
union all
select resource, id, 'low', 'both ends of a range, or a point alone', null
from said where qualifier in ('exact', 'about') and (l is null) <> (h is null);

-- A figure lies where `sense` in rules.toml says that those of its kind do; the first that fits counts.
with fitting as (
  select figures.*, min(kinds.rowid) as kind
  from figures left join kinds on kinds.dims = figures.dims
    and (figures.dims <> '()' or kinds.unit = figures.unit)
    and coalesce("table", resource) = resource and fits("where", id || ': ' || coalesce(metric, ''))
  where figures.unit is not null group by resource, id
), sizes as (
  select *, 'value' as cell, value * scale as size from fitting
  union all select *, 'low', low * scale from fitting
  union all select *, 'high', high * scale from fitting
)
select resource, id, cell, printf('%.15g to %.15g ', "from" / scale, "to" / scale) || sizes.unit
  || ', as figures of this kind', null
from sizes join kinds on kinds.rowid = kind
where size <> 0 and not (abs(size) between "from" and "to" and (size > 0 or coalesce(signed, 0)))
union all
select resource, id, 'unit', 'a unit of which rules.toml says where its figures lie', null
from fitting where kind is null;

-- Rows of a table that differ in nothing but their figure, and share a page, say one figure twice: then
-- they agree, unless disagreements has both or they are explained here.
with keyed as (
  select *, rowid as line, case resource when 'facts' then id else resource || '/' || id end as name
  from figures
)
select later.resource, later.id, 'value',
  'the figure of ' || first.id || ', or a row of disagreements for both', null
from keyed as later
join keyed as first on first.resource = later.resource and first.dims = later.dims
  and first.alike = later.alike and first.line < later.line
where later.unit is not null
  and (first.value * first.scale is not later.value * later.scale
    or first.low * first.scale is not later.low * later.scale
    or first.high * first.scale is not later.high * later.scale)
  and exists (select 1 from items as one join items as other using ("column", item)
    where one."column" = 'source_ids' and one.resource = later.resource and one.id = later.id
      and other.resource = first.resource and other.id = first.id)
  and not exists (select 1 from items as one join items as other using (resource, id, "column")
    where one."column" = 'row_ids' and one.item = later.name and other.item = first.name)
  and later.id not in (
    'enflame-rd-share-2025-relay', -- A relay rounds what the accounts have, and its row says so.
    'scmp26-capex-raised-usd-bb', -- The same yuan in dollars, by two papers.
    'doubao-2024-10-dataeye-diandian-app-downloads-worldwide', -- The world, beside China.
    'kimi-2024-10-dataeye-diandian-app-downloads-worldwide', -- The same.
    'qwen-2025-12-company-app-and-web-mau-2', -- Another day of the month.
    'lingguang-2025-11-company-app-downloads-2' -- The same.
  );
