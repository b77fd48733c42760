/** How long an event loop stopped, and what is too long. Pure. */
import { median } from '../bench/rounds.ts'

/** Milliseconds that one input or flood may stop the event loop. */
export const MAX_STOP_MS = 100
/** Milliseconds that a parsed view may stop it. */
export const MAX_VIEW_STOP_MS = 20

export interface Stop {
  /** Milliseconds, without those in which a process waited for a core. */
  readonly duration: number
  /** Milliseconds in which a process waited for a core. */
  readonly waited: number
}

/** @param waited milliseconds in which a process waited for a core, which can be in part before or after the latency */
export function stopOf(latency: number, waited: number): Stop {
  return { duration: Math.max(0, latency - waited), waited: Math.min(latency, waited) }
}

/** What a request or a session does: `GET /mail/:id` is `view`. */
export type Action = 'send' | 'view' | 'raw' | 'attachment' | 'list' | 'search' | 'delete'

export const ACTIONS: readonly Action[] = ['send', 'view', 'raw', 'attachment', 'list', 'search', 'delete']

export type Stops = Partial<Record<Action, number>>

export function maxStop(action: Action): number {
  return action === 'view' ? MAX_VIEW_STOP_MS : MAX_STOP_MS
}

/** Returns the median of each action over repetitions, without what the probe itself takes. */
export function summarize(repetitions: readonly Stops[], base: number): Stops {
  const summary: Stops = {}
  for (const action of ACTIONS) {
    const figures = repetitions.flatMap(stops => stops[action] ?? [])
    if (figures.length > 0) summary[action] = Math.max(0, median(figures) - base)
  }
  return summary
}

/** Returns the actions that stop the event loop for too long. */
export function findTooLong(stops: Stops): Action[] {
  return ACTIONS.filter(action => (stops[action] ?? 0) > maxStop(action))
}
