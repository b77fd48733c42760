/**
 * Keeps the vocabulary: words that file names and exported names do not use, and phrases that comments and test titles do not
 * use, each with the term to use instead.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, SOURCES } from './helpers/pure.ts'

/** Words in names. Add a line to extend it. Keys are single words in lower case, as they appear in `kebab-case` and `camelCase` names. */
const NAMES: Readonly<Record<string, string>> = {
  about: 'options, context or details',
  acceptor: 'listener or server',
  asked: 'query or question',
  begin: 'start',
  believe: 'trust, accept or verify',
  dismiss: 'close',
  drained: 'closed, finished or onDrain',
  errand: 'context',
  finding: 'result or resolution',
  gather: 'load or collect',
  goes: 'a verb: moves, ends, continues',
  hear: 'receive',
  heard: 'received',
  journey: 'hop',
  keeper: 'store',
  kept: 'stored or retained',
  leave: 'close or disconnect',
  letters: 'case',
  meant: 'suggested or expected',
  mend: 'repair',
  nobody: 'the actor: client, server, caller',
  objection: 'validate or error',
  ones: 'the plural noun',
  ours: 'local or own',
  patience: 'timeout',
  places: 'routes or locations',
  presence: 'registration',
  recognise: 'check or verify',
  said: 'sent',
  say: 'send or write',
  slot: 'registry',
  somebody: 'the actor: client, server, caller',
  soundness: 'validation',
  speak: 'send',
  spoken: 'messages',
  standing: 'class or state',
  sweep: 'remove',
  tell: 'emit or report',
  thing: 'a noun',
  told: 'emitted',
  turn: 'slot, slice or queue',
  turns: 'semaphore, slices or queue',
  wanted: 'requested or expected',
  who: 'the actor: client, server, caller',
  whoever: 'the actor: client, server, caller',
  whom: 'the actor: client, server, caller',
}

/** Phrases in comments and test titles. Add a line to extend it. Keys are regular expressions for whole words. */
const PHRASES: Readonly<Record<string, string>> = {
  'who|whom|whoever|nobody|somebody|anybody|someone|anyone|no one': 'the actor: client, server, caller, upstream',
  'told|heard|hears?': 'sent, received, configured or reported',
  'asks?|asked': 'queries, requests or calls',
  'believ(?:e|es|ed|ing)': 'trusts, accepts or verifies',
  said: 'sent, stated or logged',
  'to be had': 'available',
  '(?:undefined|none|nothing) where': 'undefined if',
  'where (?:there|none|nothing|no|it is no|it is not)': 'if',
  '(?<!there )(?:is|are) none(?! of)': 'is not valid',
  '(?:that|what) is no(?! longer)': 'is not a',
  'pass(?:es|ed)? over': 'ignored or skipped',
  'comes?|came': 'arrives, is received or follows',
  'says?': 'states, means or prints',
  'harms?': 'affects',
  'go(?:es)? on': 'continues',
  'once more': 'again',
  'given up': 'stops or cancels',
  'for ever': 'forever',
  'of ours': 'our own',
  'stands? (?:in|at|on|beside|alone)': 'is or appears',
}

/** `readZoneFile`, `read-zone-file` and `READ_ZONE_FILE` have the words `read`, `zone`, `file`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .map(word => word.toLowerCase())
}

const EXPORTED =
  /^export (?:declare )?(?:default )?(?:abstract )?(?:async )?(?:function\*?|class|const|let|interface|type|enum) (\w+)/gm

function exportedNames(file: string): string[] {
  return Array.from(readFileSync(path.join(ROOT, file), 'utf8').matchAll(EXPORTED), ([, name = '']) => name)
}

function violations(place: string, name: string): string[] {
  return wordsOf(name).flatMap(word => {
    const instead = Object.hasOwn(NAMES, word) ? NAMES[word] : undefined
    return instead === undefined ? [] : [`${place}: "${word}" in ${name}; use ${instead}`]
  })
}

test('finds every form of a name', () => {
  expect(wordsOf('readZoneFile')).toEqual(wordsOf('read-zone-file'))
  expect(violations('x.ts', 'SpokenEvent')).toEqual(['x.ts: "spoken" in SpokenEvent; use messages'])
  expect(exportedNames('shared/errors.ts')).toContain('UsageError')
})

test('file names use standard terms', () => {
  expect(SOURCES.flatMap(file => violations(file, file.replace(/\.ts$/, '')))).toEqual([])
})

test('exported names use standard terms', () => {
  expect(SOURCES.flatMap(file => exportedNames(file).flatMap(name => violations(file, name)))).toEqual([])
})

interface Text {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Block comments and line comments; code and quotations in them do not count. */
const COMMENT = /(?<=^|\s)(?:\/\*\*?\s[\s\S]*?\*\/|\/\/ .*)/gm
const QUOTATION = /`[^`]*`|"[^"\n]*"/g

function commentsIn(file: string): Text[] {
  return matchesIn(file, COMMENT).map(comment => ({ ...comment, text: comment.text.replace(QUOTATION, '') }))
}

/** A title is the text before the function of a test. */
const TITLE = /(?<=\(\s*)(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")(?=,\s*(?:async\s*)?(?:\(|\w+ =>))/g

function titlesIn(file: string): Text[] {
  return matchesIn(file, TITLE)
}

function matchesIn(file: string, pattern: RegExp): Text[] {
  const source = readFileSync(path.join(ROOT, file), 'utf8')
  return Array.from(source.matchAll(pattern), ({ 0: text, index }) => {
    return { file, line: source.slice(0, index).split('\n').length, text: text.replace(/\s*\n\s*\*?\s*/g, ' ') }
  })
}

function phrasesIn({ file, line, text }: Text): string[] {
  return Object.entries(PHRASES).flatMap(([phrase, instead]) => {
    const found = new RegExp(`(?<!\\w)(?:${phrase})(?!\\w)`, 'i').exec(text)
    return found ? [`${file}:${line}: "${found[0].trim()}"; use ${instead}`] : []
  })
}

const TESTS: readonly string[] = readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => path.posix.join('test', name.split(path.sep).join('/')))

test('finds phrases in comments and titles', () => {
  expect(phrasesIn({ file: 'x.ts', line: 7, text: '/** Undefined where there is none; whoever. */' })).toEqual([
    'x.ts:7: "whoever"; use the actor: client, server, caller, upstream',
    'x.ts:7: "Undefined where"; use undefined if',
    'x.ts:7: "where there"; use if',
  ])
  expect(commentsIn('test/vocabulary.unit.test.ts')[0]?.text).toMatch(
    /^\/\*\* Keeps the vocabulary: .* test titles do not use, /,
  )
  expect(titlesIn('test/vocabulary.unit.test.ts').map(({ text }) => text)).toContain("'file names use standard terms'")
})

test('comments use plain words', () => {
  expect(SOURCES.flatMap(commentsIn).flatMap(phrasesIn)).toEqual([])
})

test('test titles use plain words', () => {
  expect(TESTS.flatMap(titlesIn).flatMap(phrasesIn)).toEqual([])
})
