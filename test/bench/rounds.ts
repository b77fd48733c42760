/** Runs benchmarks in alternating rounds and prints medians and ratios as a table. */

/** A program or function to measure; `run` returns one figure. */
export interface Contestant {
  readonly name: string
  run(): Promise<number>
}

export interface Result {
  readonly name: string
  readonly median: number
  readonly all: readonly number[]
}

/** Measures every contestant once per round, in alternating order, so that noise affects all of them equally. */
export async function alternateRounds(contestants: readonly Contestant[], rounds: number): Promise<Result[]> {
  const figures = contestants.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1) {
    const order = contestants.map((_, index) => index)
    if (round % 2 === 1) order.reverse()
    for (const index of order) figures[index]?.push((await contestants[index]?.run()) ?? Number.NaN)
  }
  return contestants.map(({ name }, index) => ({
    name,
    median: median(figures[index] ?? []),
    all: figures[index] ?? [],
  }))
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[middle - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN]
  return sorted.length % 2 === 1 ? high : (low + high) / 2
}

/** Formats rows as an aligned table; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return `${rows.map(line).join('\n')}\n`
}
