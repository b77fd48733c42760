/**
 * Three flags have two meanings, so that both the users of curl and earlier scripts can write them as they expect:
 * `--json DATA` sends JSON, and `--json` prints the result as JSON; `--form NAME=TEXT` is a part of a form, and `--form` sends the
 * body of `-d` as a form; `--data BODY` sends a body, and `--data DIR` names the data folder of the suite. The value decides. Pure.
 */

/** A JSON object, array or text, or a file that has it: neither can be a URL. */
const JSON_DATA = /^\s*[[{"]|^@/
/** A URL has a slash, a colon or a question mark before its first equals sign. */
const FORM_PART = /^[^=:/?#]+=/

/** What curl's `--data` has, and what is not the name of a folder. */
const BODY = new RegExp(`${JSON_DATA.source}|${FORM_PART.source}`)

const REWRITTEN: Readonly<Record<string, { value: RegExp; with: string; without: string; isWithoutValue: boolean }>> = {
  '--json': { value: JSON_DATA, with: '--json-body', without: '--json', isWithoutValue: true },
  '--form': { value: FORM_PART, with: '--form', without: '--urlencoded', isWithoutValue: true },
  '--data': { value: BODY, with: '--body', without: '--data', isWithoutValue: false },
}

/** Returns the words with the name of the flag that each of the two stands for. */
export function rewriteArguments(args: readonly string[]): readonly string[] {
  return args.map((word, index) => {
    const isValueOfFlag = VALUE_FLAGS.test(args[index - 1] ?? '')
    const [flag = '', value] = splitFlag(word)
    const rule = Object.hasOwn(REWRITTEN, flag) && !isValueOfFlag ? REWRITTEN[flag] : undefined
    if (!rule) return word
    if (value !== undefined)
      return `${rule.isWithoutValue || rule.value.test(value) ? rule.with : rule.without}=${value}`
    return rule.value.test(args[index + 1] ?? '') ? rule.with : rule.without
  })
}

/** Flags whose next word is a value, which can look like a flag: `-d --json`. */
const VALUE_FLAGS = /^(?:-[HdjFuoX]|--(?:header|body|json-body|user|output|method))$/

function splitFlag(word: string): readonly [flag: string, value?: string] {
  const equals = word.indexOf('=')
  return word.startsWith('--') && equals > 0 ? [word.slice(0, equals), word.slice(equals + 1)] : [word]
}
