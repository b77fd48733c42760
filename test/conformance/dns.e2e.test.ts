/** A sample of `npm run conformance:dns`, which runs all. */
import { expect, test } from 'vitest'
import { answerOf, CASES_FILE, type Case, expected, isThere, readCases } from './cases.ts'

/** One case in so many. */
const EVERY = 50

test('a sample of the cases on which name servers agree is answered as they answer', async context => {
  if (!(await isThere())) context.skip(`${CASES_FILE} is not there`)
  const sample = (await readCases()).filter((_, index) => index % EVERY === 0)
  const wrong: Case[] = []
  for (const one of sample) {
    const answer = await answerOf(one)
    if (JSON.stringify(answer) !== JSON.stringify(expected(one))) wrong.push(one)
  }
  expect(sample.length).toBeGreaterThan(100)
  expect(wrong).toEqual([])
})
