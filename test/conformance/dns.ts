/**
 * `npm run conformance:dns`: every case of authoritative answers, each with a suite of its own, over real sockets. Prints
 * the share that match and what does not; exits with 1 where anything does not.
 */
import { isDeepStrictEqual } from 'node:util'
import { answerOf, CASES_FILE, type Case, type Comparable, expected, isThere, readCases } from './cases.ts'

/** How many suites are up at once. */
const PARALLEL = 8

interface Mismatch {
  readonly of: Case
  readonly answer: Comparable | Error
}

const out = (line: string) => process.stdout.write(`${line}\n`)

async function compare(one: Case): Promise<Mismatch | undefined> {
  try {
    const answer = await answerOf(one)
    return isDeepStrictEqual(answer, expected(one)) ? undefined : { of: one, answer }
  } catch (error) {
    return { of: one, answer: error instanceof Error ? error : new Error(String(error)) }
  }
}

/** Every mismatch, as they are found. */
async function compareAll(cases: readonly Case[]): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = []
  const left = cases.values()
  const worker = async () => {
    // All workers take from the same iterator.
    for (const one of left) {
      const mismatch = await compare(one)
      if (mismatch) mismatches.push(mismatch)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return mismatches
}

function show({ of, answer }: Mismatch): void {
  out(`\n${of.tag} (case ${of.id}): ${of.query.Name} ${of.query.Type}`)
  out(of.zone.replace(/^/gm, '  '))
  out(`expected: ${JSON.stringify(expected(of))}`)
  out(`answered: ${answer instanceof Error ? answer.message : JSON.stringify(answer)}`)
}

if (await isThere()) {
  const start = performance.now()
  const cases = await readCases()
  const mismatches = await compareAll(cases)
  for (const mismatch of mismatches) show(mismatch)
  const matched = cases.length - mismatches.length
  const took = ((performance.now() - start) / 1000).toFixed(1)
  out(`${matched} of ${cases.length} cases match (${((100 * matched) / cases.length).toFixed(2)} %), in ${took} s`)
  process.exitCode = mismatches.length > 0 ? 1 : 0
} else {
  out(`There is nothing to compare with: ${CASES_FILE} is not there.`)
}
