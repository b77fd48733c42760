/** Indents and colors JSON for a terminal, without a change of its tokens: numbers keep all their digits. Pure. */
import { styleText } from 'node:util'
import { escapeControls } from '../../../shared/terminal-text.ts'

type Format = Parameters<typeof styleText>[0]

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs

/** Deeper values are not indented further. */
const MAX_INDENT = 40

/** Returns the text with a line for each member; undefined if it is not valid JSON. */
export function formatJson(text: string, color: boolean): string | undefined {
  if (!isJson(text)) return undefined
  const tokens = text.match(TOKEN) ?? []
  let depth = 0
  const lineEnd = () => `\n${'  '.repeat(Math.min(depth, MAX_INDENT))}`
  const parts = tokens.map((token, index) => {
    const [before, after] = [tokens[index - 1] ?? '', tokens[index + 1] ?? '']
    if (token === '{' || token === '[') {
      depth += 1
      return isClosing(after) ? token : `${token}${lineEnd()}`
    }
    if (isClosing(token)) {
      depth -= 1
      return before === '{' || before === '[' ? token : `${lineEnd()}${token}`
    }
    if (token === ',') return `,${lineEnd()}`
    if (token === ':') return ': '
    const shown = escapeControls(token)
    return color ? styleText(formatOf(token, after === ':'), shown, { validateStream: false }) : shown
  })
  return `${parts.join('')}\n`
}

/** Returns true for the text of one JSON value. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isClosing(token: string): boolean {
  return token === '}' || token === ']'
}

function formatOf(token: string, isName: boolean): Format {
  if (isName) return 'blue'
  if (token.startsWith('"')) return 'green'
  return /^[tfn]/.test(token) ? 'magenta' : 'yellow'
}
