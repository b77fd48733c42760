/** Keeps the vocabulary: words that file names and exported names do not use, and the term to use instead. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, SOURCES } from './helpers/pure.ts'

/** Add a line to extend it. Keys are single words in lower case, as they appear in `kebab-case` and `camelCase` names. */
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
