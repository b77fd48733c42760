/** Prints the longest stops of the event loop as a table. Pure. */
import { table } from '../bench/rounds.ts'
import { ACTIONS, findTooLong, maxStop, type Stops } from './stop.ts'

export interface Row {
  readonly name: string
  readonly stops: Stops
}

export function report(heading: string, rows: readonly Row[]): string {
  const cells = rows.map(({ name, stops }) => {
    const tooLong = findTooLong(stops)
    const cell = (action: (typeof ACTIONS)[number]) => {
      const stop = stops[action]
      return stop === undefined ? '' : `${stop.toFixed(1)}${tooLong.includes(action) ? ' !' : ''}`
    }
    return [name, ...ACTIONS.map(cell)]
  })
  return `\n${heading}\n${table([['longest stop in ms', ...ACTIONS], ...cells])}`
}

/** Returns a sentence for each stop that is too long. */
export function describeTooLong(heading: string, rows: readonly Row[]): string[] {
  return rows.flatMap(({ name, stops }) =>
    findTooLong(stops).map(
      action =>
        `${heading}: ${name}: ${action} stops the event loop for ${stops[action]?.toFixed(1)} ms, over ${maxStop(action)} ms`,
    ),
  )
}
