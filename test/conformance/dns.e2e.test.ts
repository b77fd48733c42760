/** A sample of the cases of `npm run conformance:dns`. */
import { expect, test } from 'vitest'
import { CASES_FILE, type Case, casesExist, expectedResponse, queryCase, readCases } from './cases.ts'

const SAMPLE_INTERVAL = 50

test('answers a sample of queries as other name servers do', async context => {
  if (!(await casesExist())) context.skip(`${CASES_FILE} does not exist`)
  const sample = (await readCases()).filter((_, index) => index % SAMPLE_INTERVAL === 0)
  const wrong: Case[] = []
  for (const one of sample) {
    const response = await queryCase(one)
    if (JSON.stringify(response) !== JSON.stringify(expectedResponse(one))) wrong.push(one)
  }
  expect(sample.length).toBeGreaterThan(100)
  expect(wrong).toEqual([])
})
