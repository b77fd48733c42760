/** Endpoints that take time: delays, slow bodies, server-sent events. */
import { contentFields, type Response } from '../../response/response.ts'
import { MAX_BODY_BYTES, MAX_DURATION_MS, MAX_EVENTS } from '../bounds.ts'
import { json, TEXT } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest } from '../endpoint.ts'
import { type Bounds, parseDuration, parseInteger } from '../parameters.ts'
import { describeWithBody } from '../requests/endpoints.ts'
import { parseStatus } from '../responses/status.ts'
import { pauseBetween, streamedBody, type Waits } from '../waits.ts'
import { formatServerTiming, initialDelay, totalDuration, writeTimings } from './server-timing.ts'

export function timedEndpoints(waits: Waits): EndpointGroup {
  return {
    title: 'Time',
    endpoints: [
      {
        path: '/delay/:duration',
        methods: ANY_METHOD,
        summary: `As /anything, after a delay of up to ${MAX_DURATION_MS / 1000} s: 1.5 or 500ms.`,
        example: '-sS URL/delay/0.5',
        respond: request => respondLater(request, waits),
      },
      {
        path: '/drip',
        methods: ANY_METHOD,
        summary: 'Sends numbytes bytes (10) over duration (2), after delay (2), with the status code (200).',
        example: "-sS 'URL/drip?numbytes=5&duration=1&delay=0'",
        respond: request => drip(request, waits),
      },
      {
        path: '/sse',
        methods: ANY_METHOD,
        summary: 'Sends count server-sent events (10) over duration (5), after delay (0).',
        example: "-sS 'URL/sse?count=3&duration=1'",
        respond: request => sendEvents(request, waits),
      },
    ],
  }
}

const DURATION: Bounds = { min: 0, max: MAX_DURATION_MS }

async function respondLater(request: EndpointRequest, waits: Waits): Promise<Response> {
  const delay = parseDuration('duration', request.params.duration ?? '', DURATION)
  await waits.waitBefore(delay, request.lifetime)
  return json(await describeWithBody(request), 200, ['Server-Timing', formatServerTiming([initialDelay(delay)])])
}

interface Schedule {
  readonly delay: number
  readonly duration: number
}

interface ScheduleDefaults {
  readonly delay: string
  readonly duration: string
  /** The shortest duration, in milliseconds. */
  readonly min: number
}

function parseSchedule(parameters: URLSearchParams, defaults: ScheduleDefaults): Schedule {
  const bounds = { min: defaults.min, max: MAX_DURATION_MS }
  const duration = parseDuration('duration', parameters.get('duration') || defaults.duration, bounds)
  const delay = parseDuration('delay', parameters.get('delay') || defaults.delay, DURATION)
  if (duration + delay <= MAX_DURATION_MS) return { delay, duration }
  throw new EndpointError(400, `delay and duration together are longer than ${MAX_DURATION_MS / 1000} s.`)
}

async function drip({ parameters, lifetime }: EndpointRequest, waits: Waits): Promise<Response> {
  const { delay, duration } = parseSchedule(parameters, { delay: '2', duration: '2', min: 0 })
  const count = parseInteger('numbytes', parameters.get('numbytes') || '10', { min: 1, max: MAX_BODY_BYTES })
  const status = parseStatus(parameters.get('code') || '200')
  if (status === 204 || status === 304) throw new EndpointError(400, `code: a response with ${status} has no body.`)
  await waits.waitBefore(delay, lifetime)
  const timings = [totalDuration(delay + duration), ...writeTimings(delay, duration, pauseBetween(count, duration))]
  const body = streamedBody(async function* (signal) {
    for await (const { first, end } of waits.pace(count, duration, signal)) yield Buffer.alloc(end - first, '*')
  })
  return { status, headers: [...contentFields(TEXT, count), 'Server-Timing', formatServerTiming(timings)], body }
}

/** More than 0: the smallest duration is a nanosecond. */
const SHORTEST_MS = 1e-6

async function sendEvents({ parameters, lifetime }: EndpointRequest, waits: Waits): Promise<Response> {
  const { delay, duration } = parseSchedule(parameters, { delay: '0', duration: '5', min: SHORTEST_MS })
  const count = parseInteger('count', parameters.get('count') || '10', { min: 1, max: MAX_EVENTS })
  const start = performance.now()
  await waits.waitBefore(delay, lifetime)
  const body = streamedBody(async function* (signal) {
    for await (const { first, end } of waits.pace(count, duration, signal)) yield formatEvents(first, end, Date.now())
  })
  const headers = ['Content-Type', 'text/event-stream; charset=utf-8', 'Cache-Control', 'no-store']
  const timings = writeTimings(delay, duration, pauseBetween(count, duration))
  return {
    status: 200,
    headers: [...headers, 'Trailer', 'Server-Timing'],
    body,
    trailers: () => ['Server-Timing', formatServerTiming([totalDuration(performance.now() - start), ...timings])],
  }
}

function formatEvents(first: number, end: number, timestamp: number): Buffer {
  const ids = Array.from({ length: end - first }, (_, index) => first + index)
  return Buffer.from(ids.map(id => `event: ping\ndata: ${JSON.stringify({ id, timestamp })}\n\n`).join(''))
}
