import { expect, test } from 'vitest'
import { joinExchanges } from '../../../shared/trace/exchanges.ts'
import { attributeStatements, databaseOf } from '../../../shared/trace/statements.ts'
import { message, statement } from '../../helpers/events.ts'

const HTTP = 'http:127.0.0.1:40001>127.0.0.1:80'
const OTHER = 'http:127.0.0.1:40002>127.0.0.1:80'

const statementAt = (exchange: number, time: number, cause: string) =>
  statement('sql:application[1]>sqlite', cause, exchange, [time, time + 0.1], ['select', '1 row'])

test('a statement belongs to the last exchange of its conversation that began before it', () => {
  const events = [
    message(HTTP, 'server', 'request', 1, 10, 'GET /1'),
    message(OTHER, 'server', 'request', 1, 15, 'GET /other'),
    message(HTTP, 'server', 'request', 2, 20, 'GET /2'),
    ...statementAt(1, 11, HTTP),
    ...statementAt(2, 16, HTTP),
    ...statementAt(3, 17, OTHER),
    ...statementAt(4, 21, HTTP),
    ...statementAt(5, 22, 'http:a>b'),
  ]
  const { exchanges, statementsOf } = attributeStatements(joinExchanges(events))
  const attributed = exchanges.map(exchange => [
    exchange.events[0]?.summary,
    statementsOf(exchange).map(({ number }) => number),
  ])
  expect(attributed).toEqual([
    ['GET /1', [1, 2]],
    ['GET /other', [3]],
    ['GET /2', [4]],
    ['select', []],
  ])
})

test('without exchanges there is nothing to attribute', () => {
  expect(attributeStatements([]).exchanges).toEqual([])
})

test.each([
  ['sql:application[1]>sqlite', { name: 'sqlite', isEmbedded: true }],
  ['sql:127.0.0.1:1>127.0.0.1:5432', { name: '127.0.0.1:5432', isEmbedded: false }],
  ['sql:[::1]:1>[::1]:5432', { name: '[::1]:5432', isEmbedded: false }],
  ['sql:application[1]:1>unix-socket:0', { name: 'unix-socket', isEmbedded: false }],
])('names the database of %s', (conversation, database) => {
  const [exchange] = joinExchanges(statement(conversation, HTTP, 1, [1, 2], ['select', '1 row']))
  expect(exchange && databaseOf(exchange)).toEqual(database)
})
