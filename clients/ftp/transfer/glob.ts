/** Patterns for names, as in a shell: `*`, `?`, `[a-z]`, `[!a-z]`; a backslash makes the next character literal. Pure. */

/** One part of a pattern: a run of any characters, or a test of one character. */
type Token = '*' | ((character: string) => boolean)

/** Returns true if the path has a part that is not literal. */
export function isPattern(path: string): boolean {
  return tokenize(path).some(({ isLiteral }) => !isLiteral)
}

/** Returns the path of a pattern without special characters: removes the backslashes. */
export function literalOf(path: string): string {
  return path.replace(/\\(.)/gs, '$1')
}

/** Returns a function that checks names. As in a shell, a pattern matches names that begin with a dot only if it does too. */
export function compilePattern(pattern: string): (name: string) => boolean {
  const tokens = tokenize(pattern).map(({ token }) => token)
  const showsHidden = /^\\?\./.test(pattern)
  return name => (showsHidden || !name.startsWith('.')) && matches(tokens, Array.from(name))
}

/** Takes time in proportion to the product of the lengths: after a mismatch, only the last `*` takes more. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0
  let position = 0
  let star: { token: number; position: number } | undefined
  for (let character = name[0]; character !== undefined; character = name[position]) {
    const current = tokens[token]
    if (current === '*') {
      token += 1
      star = { token, position }
    } else if (current?.(character)) {
      token += 1
      position += 1
    } else if (star) {
      star.position += 1
      token = star.token
      position = star.position
    } else return false
  }
  return tokens.slice(token).every(rest => rest === '*')
}

const PART = /\\(.)|(\*+)|(\?)|\[(!?)(\][^\]/]*|[^\]/]+)\]|(.)/gsu

function tokenize(pattern: string): { token: Token; isLiteral: boolean }[] {
  return Array.from(pattern.matchAll(PART), ([, escaped, stars, any, negation, set, literal]) => {
    if (stars !== undefined) return { token: '*', isLiteral: false }
    if (any !== undefined) return { token: () => true, isLiteral: false }
    if (set !== undefined) return { token: setToken(set, negation === '!'), isLiteral: false }
    const character = escaped ?? literal
    return { token: (other: string) => other === character, isLiteral: true }
  })
}

function setToken(set: string, isNegated: boolean): (character: string) => boolean {
  const ranges = Array.from(set.matchAll(/.-.|./gsu), ([range]) => ({
    first: range.replace(/-.$/su, ''),
    last: range.replace(/^.-/su, ''),
  }))
  return character => ranges.some(({ first, last }) => character >= first && character <= last) !== isNegated
}

/** Lists the names in a folder; the empty name is the current one. Returns no names if there is no such folder. */
export type ListNames = (folder: string) => Promise<readonly { readonly name: string; readonly isFolder: boolean }[]>

/** Returns the paths that match the pattern, sorted. Lists only folders that can contain one. */
export async function expandPattern(pattern: string, list: ListNames): Promise<string[]> {
  const absolute = pattern.startsWith('/') ? '/' : ''
  const parts = pattern.split('/').filter(part => part !== '')
  let found = [absolute]
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    found = isPattern(part)
      ? (await Promise.all(found.map(folder => expandPart(folder, part, isLast, list)))).flat()
      : found.map(folder => append(folder, literalOf(part)))
  }
  return found.sort()
}

async function expandPart(folder: string, part: string, isLast: boolean, list: ListNames): Promise<string[]> {
  const isMatch = compilePattern(part)
  const entries = await list(folder)
  return entries
    .filter(({ name, isFolder }) => (isLast || isFolder) && isMatch(name))
    .map(({ name }) => append(folder, name))
}

function append(folder: string, name: string): string {
  return folder === '' || folder.endsWith('/') ? folder + name : `${folder}/${name}`
}
