import { expect, test } from 'vitest'
import { compactSql, countText, maskLiterals, maskQuoted } from '../../../shared/trace/sql-text.ts'

test.each([
  ['select 1\n  from  t', 'select 1 from t'],
  ['x in (?, ?, ?)', 'x in (?, ?, ?)'],
  ['x in (?, ?, ?, ?) and y in ($1,$2,$3::text,$4::text,$5)', 'x in (?, … (4)) and y in ($1, … (5))'],
])('a statement is one line with short lists: %j', (sql, text) => {
  expect(compactSql(sql)).toBe(text)
})

test.each([
  [`select 'a', "b", c1, $1, 2.5e3, 0x1F`, 'select ****, "b", c1, $1, ****, ****'],
  [`'it''s' || E'it\\'s' || e'\\\\' || x'ff' || date'2026-01-01'`, '**** || **** || **** || x**** || date****'],
  [`$$a'b$$, $tag$ $$ $tag$, "un""quoted", 'open`, '****, ****, "un""quoted", ****'],
  [`a -- 'comment'\nb /* secret */ c`, 'a ****\nb **** c'],
  [`E'cut off\\`, 'E****'],
])('a statement without literals: %j', (sql, text) => {
  expect(maskLiterals(sql)).toBe(text)
})

test('masks a long text in a time that grows with its length', () => {
  // With a time that grows with the square of the length, this takes minutes.
  for (const text of ['a', "'", '"', '$', '$a$', '-', '/*', "e'\\", '1']) maskLiterals(text.repeat(200_000))
})

test('the message of an error has no quoted text', () => {
  expect(maskQuoted(`no "a" in 'b', "c`)).toBe('no "****" in "****", "****"')
})

test('counts have their plural', () => {
  expect([0, 1, 2].map(count => countText(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows'])
})
