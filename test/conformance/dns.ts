/**
 * `npm run conformance:dns`: compares the responses to all cases, each with a separate suite, over real sockets. Prints
 * the share of matches and all mismatches. Exits with 1 if there is a mismatch.
 */
import { isDeepStrictEqual } from 'node:util'
import {
  CASES_FILE,
  type Case,
  type ComparableResponse,
  casesExist,
  expectedResponse,
  queryCase,
  readCases,
} from './cases.ts'

/** Suites that run at the same time. */
const PARALLEL = 8

interface Mismatch {
  readonly testCase: Case
  readonly response: ComparableResponse | Error
}

const out = (line: string) => process.stdout.write(`${line}\n`)

async function compare(testCase: Case): Promise<Mismatch | undefined> {
  try {
    const response = await queryCase(testCase)
    return isDeepStrictEqual(response, expectedResponse(testCase)) ? undefined : { testCase, response }
  } catch (error) {
    return { testCase, response: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Returns the mismatches in the order in which they are found. */
async function compareAll(cases: readonly Case[]): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  const left = cases.values()
  const worker = async () => {
    // All workers share one iterator.
    for (const testCase of left) {
      const mismatch = await compare(testCase)
      if (mismatch) mismatches.push(mismatch)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return mismatches
}

function show({ testCase, response }: Mismatch): void {
  const { tag, id, query, zone } = testCase
  out(`\n${tag} (case ${id}): ${query.Name} ${query.Type}`)
  out(zone.replace(/^/gm, '  '))
  out(`expected: ${JSON.stringify(expectedResponse(testCase))}`)
  out(`received: ${response instanceof Error ? response.message : JSON.stringify(response)}`)
}

if (await casesExist()) {
  const start = performance.now()
  const cases = await readCases()
  const mismatches = await compareAll(cases)
  for (const mismatch of mismatches) show(mismatch)
  const matched = cases.length - mismatches.length
  const took = ((performance.now() - start) / 1000).toFixed(1)
  out(`${matched} of ${cases.length} cases match (${((100 * matched) / cases.length).toFixed(2)} %), in ${took} s`)
  process.exitCode = mismatches.length > 0 ? 1 : 0
} else {
  out(`Nothing to compare: ${CASES_FILE} does not exist.`)
}
