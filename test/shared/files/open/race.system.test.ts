/** Another program swaps a folder for a link to the outside, again and again, while accounts use the folder. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

/** Rounds of a client; a round makes every operation once. */
const ROUNDS = 100
const MAX_ROUNDS = 20_000
const CLIENTS = 4

/** Swaps what `name` is until it is stopped: the folder itself, a link to it, and a link to the outside. */
const ATTACKER = `
const { renameSync, symlinkSync } = require('node:fs')
const { parentPort, workerData: { name, outside } } = require('node:worker_threads')
const inside = name + '.inside'
let isStopped = false
parentPort.once('message', () => { isStopped = true })
const linkTo = target => { symlinkSync(target, name + '.link'); renameSync(name + '.link', name) }
const attack = () => {
  for (let round = 0; round < 200; round++) {
    renameSync(name, inside)
    for (let swap = 0; swap < 10; swap++) { linkTo(outside); linkTo(inside) }
    renameSync(name, name + '.old')
    renameSync(inside, name)
  }
  if (isStopped) parentPort.close()
  else setImmediate(attack)
}
attack()
`

async function startAttack(name: string, outside: string): Promise<void> {
  const worker = new Worker(ATTACKER, { eval: true, workerData: { name, outside } })
  const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  onTestFinished(async () => {
    worker.postMessage('stop')
    await ended
  })
}

const SECRET = 'outside'
const OPEN = 'inside'

/** Creates a tree with the folder `box`, and a folder of the same content outside. */
async function createTree() {
  const folder = await emptyFolder()
  const root = path.join(folder, 'www')
  const [box, outside] = [path.join(root, 'box'), path.join(folder, 'outside')]
  for (const [name, content] of [
    [box, OPEN],
    [outside, SECRET],
  ] as const) {
    await mkdir(path.join(name, 'folder'), { recursive: true })
    await writeFile(path.join(name, 'kept.txt'), content)
    await writeFile(path.join(name, 'victim.txt'), content)
    await writeFile(path.join(name, `only-${content}.txt`), content)
  }
  const state = async () => {
    const names = (await readdir(outside)).sort()
    const files = names.filter(name => name.endsWith('.txt'))
    const contents = await Promise.all(files.map(name => readFile(path.join(outside, name), 'utf8')))
    return {
      names,
      contents,
      times: await Promise.all(
        [outside, ...files].map(async name => (await stat(path.resolve(outside, name))).mtimeMs),
      ),
    }
  }
  return { tree: await FileTree.open(root), box, outside, state, before: await state() }
}

/** Every operation on the folder. Each fails whenever the folder is away or leads outside. */
function operations(files: AccountFiles, client: number): readonly (() => Promise<unknown>)[] {
  const own = (name: string) => `/box/${name}-${client}`
  const upload = async (name: string, start: 0 | 'end') => {
    const stream = await files.startUpload(name, start)
    try {
      await finished(stream.createStream().end('new'))
      await stream.commit()
    } catch (error) {
      await stream.discard()
      throw error
    }
  }
  return [
    async () => {
      const { handle } = await files.openFile('/box/kept.txt')
      expect(await handle.readFile('utf8').finally(() => handle.close())).toBe(OPEN)
    },
    async () => {
      const names = await files.names('/box')
      expect(names).not.toContain(`only-${SECRET}.txt`)
      for await (const batch of files.list('/box', names))
        expect(batch.map(({ name }) => name)).not.toContain(`only-${SECRET}.txt`)
    },
    async () => expect((await files.stat(`/box/only-${SECRET}.txt`)).kind).toBe('missing'),
    () => upload(own('a.txt'), 0),
    () => upload('/box/kept-too.txt', 'end'),
    () => files.rename(own('a.txt'), own('b.txt')),
    () => files.removeFile(own('b.txt')),
    () => files.removeFile('/box/victim.txt'),
    () => files.removeDirectory('/box/folder'),
    () => files.makeDirectory(own('folder')),
    () => files.rename('/box/victim.txt', `/box/stolen-${client}.txt`),
    () => files.rename(`/box/only-${SECRET}.txt`, `/stolen-${client}.txt`),
    () => files.setModified('/box/kept.txt', new Date(0)),
    () => files.changeMode('/box/kept.txt', 0o640),
  ]
}

/** Returns how often operations succeeded. */
async function runClient(files: AccountFiles, client: number): Promise<number> {
  let succeeded = 0
  // On a busy machine, the attacker can have most of the time.
  for (let round = 0; round < ROUNDS || (succeeded <= ROUNDS && round < MAX_ROUNDS); round++) {
    for (const operation of operations(files, client)) {
      try {
        await operation()
        succeeded++
      } catch (error) {
        if (error instanceof Error && error.name === 'AssertionError') throw error
      }
    }
  }
  return succeeded
}

test('nothing outside is read or written while a folder is swapped for a link', { timeout: 60_000 }, async () => {
  const { tree, box, outside, state, before } = await createTree()
  await startAttack(box, outside)
  const files = new AccountFiles(tree, { read: ['/'], write: ['/'] })
  const succeeded = await Promise.all(Array.from({ length: CLIENTS }, (_, client) => runClient(files, client)))
  expect(await state()).toEqual(before)
  expect(Math.min(...succeeded)).toBeGreaterThan(ROUNDS)
})
