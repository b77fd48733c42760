/**
 * Parses the arguments and flags of `fourwire http` that most commands have. To load zod and commander and to derive the flags
 * takes several times as long as a request; for all other arguments, and for those that are wrong, this returns undefined, and
 * the command line parses them. A test compares the results of both. Pure.
 */
import type { HttpCommand } from '../command/http-command.ts'
import { rewriteArguments } from '../rewrite-arguments.ts'

type KeysOf<Value> = { [Key in keyof HttpCommand]-?: HttpCommand[Key] extends Value ? Key : never }[keyof HttpCommand]

const TEXTS: Readonly<Record<string, KeysOf<string | undefined>>> = {
  '-X': 'method',
  '--method': 'method',
  '-j': 'jsonBody',
  '--json-body': 'jsonBody',
  '-u': 'user',
  '--user': 'user',
  '-o': 'output',
  '--output': 'output',
  '--session': 'session',
  '--cacert': 'cacert',
}

const LISTS: Readonly<Record<string, Exclude<KeysOf<readonly string[]>, 'request'>>> = {
  '-H': 'header',
  '--header': 'header',
  '-d': 'body',
  '--body': 'body',
  '-F': 'form',
  '--form': 'form',
  '--resolve': 'resolve',
}

const TOGGLES: Readonly<Record<string, KeysOf<boolean>>> = {
  '-I': 'head',
  '--head': 'head',
  '-f': 'urlencoded',
  '--urlencoded': 'urlencoded',
  '-i': 'include',
  '--include': 'include',
  '-v': 'verbose',
  '--verbose': 'verbose',
  '-O': 'remoteName',
  '--remote-name': 'remoteName',
  '--continue': 'continue',
  '-L': 'follow',
  '--follow': 'follow',
  '--compressed': 'compressed',
  '--http2': 'http2',
  '-k': 'insecure',
  '--insecure': 'insecure',
  '--timings': 'timings',
  '--curl': 'curl',
}

/** The input of the command, and the flags that all commands have. */
export interface QuickCommand {
  readonly input: HttpCommand
  readonly flags: { readonly json?: true; readonly trace?: true; readonly data?: string; readonly timeout?: string }
}

/** @param args the words after `http` */
export function parseQuickly(args: readonly string[]): QuickCommand | undefined {
  const parser = new QuickParser(rewriteArguments(args))
  while (!parser.isDone) if (!parser.next()) return undefined
  return parser.result()
}

class QuickParser {
  readonly #words: readonly string[]
  readonly #request: string[] = []
  readonly #texts: Partial<Record<KeysOf<string | undefined>, string>> = {}
  readonly #toggles: Partial<Record<KeysOf<boolean>, true>> = {}
  readonly #lists = { header: [] as string[], body: [] as string[], form: [] as string[], resolve: [] as string[] }
  readonly #common: { json?: true; trace?: true; data?: string; timeout?: string } = {}
  #index = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  get isDone(): boolean {
    return this.#index >= this.#words.length
  }

  /** Consumes a word, with its value if it is a flag that has one. Returns false if the command line has to parse it. */
  next(): boolean {
    const word = this.#words[this.#index++] ?? ''
    if (!word.startsWith('-')) return this.#request.push(word) > 0
    const [flag, toggle, common] = [word, own(TOGGLES, word), word === '--json' || word === '--trace']
    if (toggle) this.#toggles[toggle] = true
    else if (common) this.#common[flag === '--json' ? 'json' : 'trace'] = true
    else return this.#takeValue(flag)
    return true
  }

  #takeValue(word: string): boolean {
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const flag = equals === -1 ? word : word.slice(0, equals)
    const value = equals === -1 ? this.#words[this.#index++] : word.slice(equals + 1)
    const [list, text] = [own(LISTS, flag), own(TEXTS, flag)]
    if (value === undefined || value === '') return false
    if (list) this.#lists[list].push(value)
    else if (text) this.#texts[text] = value
    else if (flag === '--data' || flag === '--timeout') this.#common[flag === '--data' ? 'data' : 'timeout'] = value
    else return false
    return true
  }

  result(): QuickCommand | undefined {
    if (this.#request.length === 0) return undefined
    return {
      input: { ...DEFAULTS, ...this.#toggles, ...this.#texts, ...this.#lists, request: this.#request },
      flags: this.#common,
    }
  }
}

function own<Value>(flags: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(flags, name) ? flags[name] : undefined
}

const DEFAULTS = {
  head: false,
  urlencoded: false,
  include: false,
  verbose: false,
  remoteName: false,
  continue: false,
  follow: false,
  compressed: false,
  http2: false,
  insecure: false,
  timings: false,
  parallel: 1,
  curl: false,
}
