/** Clients that send mail and post notices through HAProxy at a bounded rate, and record what they got for each. */
import { setTimeout as delay } from 'node:timers/promises'
import { type AppClient, signedInClient } from '../servers/http/app/client.ts'
import type { Ports } from './haproxy.ts'
import { SmtpSender } from './smtp-sender.ts'
import { ACCOUNT } from './system.ts'

/** What a client gets for one message or notice. */
export type Outcome =
  | { readonly kind: 'acknowledged' }
  /** 451 and the like, or 503: the client sends it again later. */
  | { readonly kind: 'later'; readonly answer: string }
  /** The connection ended before the answer; HTTP clients of a balancer get 502. */
  | { readonly kind: 'broken' }
  /** Anything else, such as 401, 550 or no answer in time. */
  | { readonly kind: 'wrong'; readonly answer: string }

/** Sends one message or notice with this text. */
export interface Sender {
  send(text: string): Promise<Outcome>
  close(): void
}

const SMTP_CLIENTS = 3
const HTTP_CLIENTS = 3
/** Milliseconds between an answer and the next message of a client. */
const PAUSE_MS = 20
/** A client that waits for longer has no answer; the servers take up to 5 s for a statement, and a busy machine the rest. */
const MAX_ANSWER_MS = 30_000
/** Time for what the test waits for: two answers that take long, and what follows. */
const MAX_WAIT_MS = 80_000

interface Client {
  readonly name: string
  readonly sender: Sender
  readonly counts: Record<Outcome['kind'], number>
}

export interface LoadReport {
  /** The texts whose storage was acknowledged. */
  readonly acknowledged: readonly string[]
  /** The answers that a client must not get. */
  readonly wrong: readonly string[]
  /** The most connections that one client lost. */
  readonly maxBroken: number
}

export class Load {
  readonly #clients: readonly Client[]
  readonly #running: Promise<unknown>
  readonly #acknowledged: string[] = []
  readonly #wrong: string[] = []
  readonly #later = new Set<string>()
  readonly #waiting = new Set<() => void>()
  #isStopping = false

  private constructor(clients: readonly Client[]) {
    this.#clients = clients
    this.#running = Promise.all(clients.map(client => this.#run(client)))
  }

  static async start(balancer: Ports): Promise<Load> {
    const url = `http://127.0.0.1:${balancer.http}/`
    const smtp = Array.from({ length: SMTP_CLIENTS }, () => new SmtpSender(balancer.smtp))
    const http: Sender[] = []
    for (let count = 0; count < HTTP_CLIENTS; count += 1) {
      http.push(new NoticePoster(await signedInClient(url, ACCOUNT.name, ACCOUNT.password)))
    }
    const clients = [...smtp, ...http].map((sender, index) => ({
      name: `${sender instanceof SmtpSender ? 'mail' : 'notice'}-${index}`,
      sender,
      counts: { acknowledged: 0, later: 0, broken: 0, wrong: 0 },
    }))
    return new Load(clients)
  }

  /** Resolves when each client has had this many more acknowledgments. */
  async untilAcknowledged(more: number): Promise<void> {
    const goals = this.#clients.map(({ counts }) => counts.acknowledged + more)
    const isReached = () => this.#clients.every(({ counts }, index) => counts.acknowledged >= (goals[index] ?? 0))
    await this.#until(isReached, `${more} more acknowledgments for each client`)
  }

  /** Resolves when clients have got all of these codes since now. */
  async untilLater(...codes: string[]): Promise<void> {
    this.#later.clear()
    await this.#until(() => codes.every(code => this.#later.has(code)), codes.join(' and '))
  }

  async stop(): Promise<LoadReport> {
    this.#isStopping = true
    await this.#running
    for (const { sender } of this.#clients) sender.close()
    return {
      acknowledged: this.#acknowledged,
      wrong: this.#wrong,
      maxBroken: Math.max(...this.#clients.map(({ counts }) => counts.broken)),
    }
  }

  /** Ends early if a client got a wrong answer, which the report has. */
  #until(isReached: () => boolean, expected: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(deadline)
        this.#waiting.delete(check)
      }
      const check = () => {
        if (!isReached() && this.#wrong.length === 0) return
        end()
        resolve()
      }
      const deadline = setTimeout(() => {
        end()
        reject(new Error(`the clients have not had ${expected} within ${MAX_WAIT_MS} ms: ${this.#counts()}`))
      }, MAX_WAIT_MS)
      this.#waiting.add(check)
      check()
    })
  }

  #counts(): string {
    return this.#clients.map(({ name, counts }) => `${name} ${JSON.stringify(counts)}`).join(', ')
  }

  async #run(client: Client): Promise<void> {
    for (let number = 1; !this.#isStopping; number += 1) {
      const text = `${client.name}-${number}`
      const outcome = await withDeadline(client.sender.send(text))
      client.counts[outcome.kind] += 1
      if (outcome.kind === 'acknowledged') this.#acknowledged.push(text)
      if (outcome.kind === 'wrong') this.#wrong.push(`${text}: ${outcome.answer}`)
      if (outcome.kind === 'later') this.#later.add(outcome.answer.slice(0, 3))
      for (const check of [...this.#waiting]) check()
      await delay(PAUSE_MS)
    }
  }
}

async function withDeadline(outcome: Promise<Outcome>): Promise<Outcome> {
  const stopped = new AbortController()
  const noAnswer = { kind: 'wrong', answer: `no answer within ${MAX_ANSWER_MS} ms` } as const
  const deadline = delay(MAX_ANSWER_MS, noAnswer, { signal: stopped.signal }).catch(() => noAnswer)
  return Promise.race([outcome, deadline]).finally(() => stopped.abort())
}

/** Posts notices, each in a request of its own. */
class NoticePoster implements Sender {
  readonly #client: AppClient

  constructor(client: AppClient) {
    this.#client = client
  }

  async send(text: string): Promise<Outcome> {
    try {
      const { status, text: body } = await this.#client.json('POST', '/api/notices', { text })
      if (status === 201) return { kind: 'acknowledged' }
      if (status === 503) return { kind: 'later', answer: '503' }
      return status === 502 ? { kind: 'broken' } : { kind: 'wrong', answer: `${status} ${body}` }
    } catch {
      // fetch rejects only if there is no response.
      return { kind: 'broken' }
    }
  }

  close(): void {}
}
