/** Finds positions in a JSON text for error messages: that of the first syntax error, and those of values. Pure. */

/** Values inside each other that are followed. */
const MAX_DEPTH = 500
/** Characters of the text that an error quotes. */
const MAX_QUOTED_LENGTH = 40

export type JsonPath = readonly (string | number)[]

/** Describes the first syntax error: `line 3, column 5: a value is expected, not "]"`. Undefined if there is none. */
export function describeSyntaxError(text: string): string | undefined {
  try {
    new Walk(text, () => undefined).run()
    return undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return `${describePosition(text, error.offset)}: ${error.message}`
    throw error
  }
}

/** Returns the line of a value, from 1; of the innermost one that exists if there is none at the path. */
export function lineOf(text: string, path: JsonPath): number {
  let found = 0
  let depth = -1
  const visit = (at: JsonPath, offset: number) => {
    if (at.length <= depth || !at.every((key, index) => String(key) === String(path[index]))) return
    depth = at.length
    found = offset
  }
  try {
    new Walk(text, visit).run()
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
  }
  return lineAt(text, found)
}

class JsonSyntaxError extends Error {
  readonly offset: number

  constructor(offset: number, problem: string) {
    super(problem)
    this.offset = offset
  }
}

class Walk {
  readonly #text: string
  readonly #visit: (path: JsonPath, offset: number) => void
  #offset = 0

  /** @param visit gets the path and the offset of each value */
  constructor(text: string, visit: (path: JsonPath, offset: number) => void) {
    this.#text = text
    this.#visit = visit
  }

  run(): void {
    this.#value([], '')
    if (this.#skipSpace() !== '') this.#fail('the end of the text')
  }

  #value(path: JsonPath, note: string): void {
    const first = this.#skipSpace()
    this.#visit(path, this.#offset)
    if (path.length > MAX_DEPTH) throw new JsonSyntaxError(this.#offset, 'the values are too deep inside each other')
    if (first === '{') this.#members(path)
    else if (first === '[') this.#items(path)
    else if (first === '"') this.#string()
    else if (!this.#take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y)) this.#fail('a value', note)
  }

  #items(path: JsonPath): void {
    this.#offset += 1
    if (this.#takeMark(']')) return
    for (let index = 0, note = ''; ; index += 1, note = '. A list has no comma after its last value') {
      this.#value([...path, index], note)
      if (this.#takeMark(']')) return
      if (!this.#takeMark(',')) this.#fail('"," or "]"')
    }
  }

  #members(path: JsonPath): void {
    this.#offset += 1
    if (this.#takeMark('}')) return
    for (let note = ''; ; note = '. An object has no comma after its last property') {
      if (this.#skipSpace() !== '"') this.#fail('a name in double quotes', note)
      const name = this.#string()
      if (!this.#takeMark(':')) this.#fail('":"')
      this.#value([...path, name], '')
      if (this.#takeMark('}')) return
      if (!this.#takeMark(',')) this.#fail('"," or "}"')
    }
  }

  #string(): string {
    const start = this.#offset
    this.#offset += 1
    for (;;) {
      this.#take(/[^"\\\n]+/y)
      if (!this.#take(/\\./y)) break
    }
    if (this.#text[this.#offset] !== '"') this.#fail('the closing quote of the text')
    this.#offset += 1
    const literal = this.#text.slice(start, this.#offset)
    try {
      return JSON.parse(literal)
    } catch {
      throw new JsonSyntaxError(start, `${shorten(literal)} has a character or an escape that JSON does not have`)
    }
  }

  #takeMark(mark: string): boolean {
    if (this.#skipSpace() !== mark) return false
    this.#offset += 1
    return true
  }

  /** Returns the character after white space; an empty text at the end. */
  #skipSpace(): string {
    this.#take(/[ \t\r\n]+/y)
    return this.#text[this.#offset] ?? ''
  }

  #take(expression: RegExp): boolean {
    expression.lastIndex = this.#offset
    const match = expression.exec(this.#text)
    this.#offset += match?.[0].length ?? 0
    return match !== null
  }

  #fail(expected: string, note = ''): never {
    const [given] = /^(?:[\w$-]+|.)/su.exec(this.#text.slice(this.#offset, this.#offset + MAX_QUOTED_LENGTH)) ?? []
    const difference = given === undefined ? 'but the text ends' : `not ${JSON.stringify(given)}`
    throw new JsonSyntaxError(this.#offset, `${expected} is expected, ${difference}${note}`)
  }
}

function shorten(text: string): string {
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}...` : text
}

function describePosition(text: string, offset: number): string {
  return `line ${lineAt(text, offset)}, column ${offset - text.lastIndexOf('\n', offset - 1)}`
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
