/** Checks which files may import which. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PURE_SOURCES, ROOT, SOURCES } from './helpers/pure.ts'

interface Import {
  /** The importing file, relative to the project: `servers/dns/index.ts`. */
  readonly file: string
  /** The imported file, relative to the project, or the name of a package. */
  readonly target: string
  /** True for imports that load nothing with the file: types and dynamic imports. */
  readonly loadsNothing: boolean
}

const IMPORT = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8')
  return [...text.matchAll(IMPORT)].map(match => {
    const named = match[2] ?? match[3] ?? ''
    const target = named.startsWith('.') ? path.posix.join(path.posix.dirname(file), named) : named
    return { file, target, loadsNothing: match[1] !== undefined || match[3] !== undefined }
  })
}

const IMPORTS = SOURCES.flatMap(importsOf)

/** Returns `servers/dns` for every file of that room. */
function roomOf(file: string): string | undefined {
  return /^(?:servers|clients)\/[^/]+(?=\/)/.exec(file)?.[0]
}

const show = ({ file, target }: Import) => `${file} imports ${target}`

test('reads the real imports', () => {
  expect(SOURCES.length).toBeGreaterThan(40)
  expect(IMPORTS.map(show)).toContain('servers/hello/server.ts imports shared/net/stream-server.ts')
})

test('shared imports neither servers nor clients; only the launcher imports the two lists', () => {
  const wrong = IMPORTS.filter(
    ({ file, target }) =>
      file.startsWith('shared/') && !file.startsWith('shared/launcher/') && roomOf(`${target}/`) !== undefined,
  )
  expect(wrong.map(show)).toEqual([])
})

test('the launcher imports only the index.ts of a room', () => {
  const wrong = IMPORTS.filter(
    ({ file, target }) =>
      file.startsWith('shared/launcher/') && /^(servers|clients)\//.test(target) && !target.endsWith('/index.ts'),
  )
  expect(wrong.map(show)).toEqual([])
})

test('a room imports shared and itself, not another room', () => {
  const wrong = IMPORTS.filter(({ file, target }) => {
    const room = roomOf(file)
    const isPackage = !/^(servers|clients|shared|test)\//.test(target)
    return room !== undefined && !isPackage && !target.startsWith(`${room}/`) && !target.startsWith('shared/')
  })
  expect(wrong.map(show)).toEqual([])
})

test('a room does not import the launcher', () => {
  const wrong = IMPORTS.filter(({ file, target }) => roomOf(file) && target.startsWith('shared/launcher/'))
  expect(wrong.map(show)).toEqual([])
})

test('in the DNS server, only server.ts and options.ts import updates, NOTIFY, transfers and forwarding', () => {
  const FEATURE = /^servers\/dns\/(?:update|notify|transfer|forward)\//
  const wrong = IMPORTS.filter(
    ({ file, target }) =>
      FEATURE.test(target) &&
      !['servers/dns/server.ts', 'servers/dns/options.ts'].includes(file) &&
      FEATURE.exec(file)?.[0] !== FEATURE.exec(target)?.[0],
  )
  expect(wrong.map(show)).toEqual([])
})

test('there are no import cycles, types included', () => {
  expect(findCycles(importGraph(IMPORTS))).toEqual([])
})

test('finds cycles', () => {
  const graph = { a: ['b'], b: ['c', 'd'], c: ['a'], d: ['d'], e: ['a'] }
  const cycles = findCycles(new Map(Object.entries(graph)))
  expect(cycles.map(cycle => cycle.sort())).toEqual([['d'], ['a', 'b', 'c']])
})

type Graph = ReadonlyMap<string, readonly string[]>

function importGraph(imports: readonly Import[]): Graph {
  const graph = new Map(SOURCES.map(file => [file, [] as string[]]))
  for (const { file, target } of imports) if (graph.has(target)) graph.get(file)?.push(target)
  return graph
}

/** Tarjan's algorithm: the strongly connected components that have an edge. */
function findCycles(graph: Graph): string[][] {
  const order = new Map<string, number>()
  const stack: string[] = []
  const cycles: string[][] = []
  /** Returns the earliest file on the stack that `file` reaches. */
  function visit(file: string): number {
    const index = order.size
    order.set(file, index)
    stack.push(file)
    let lowest = index
    for (const target of graph.get(file) ?? []) {
      if (!order.has(target)) lowest = Math.min(lowest, visit(target))
      else if (stack.includes(target)) lowest = Math.min(lowest, order.get(target) ?? lowest)
    }
    if (lowest === index) {
      const component = stack.splice(stack.indexOf(file))
      if (component.length > 1 || graph.get(file)?.includes(file)) cycles.push(component)
    }
    return lowest
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return cycles
}

const IMPURE = /^node:(net|dgram|tls|fs|http|https|http2|child_process|timers|dns|os|worker_threads)(\/|$)/
const TIMER = /\b(setTimeout|setInterval|setImmediate|Date\.now|performance\.now|traceTime)\(/

test('pure files use no socket, no file and no clock', () => {
  const wrong = PURE_SOURCES.flatMap(file => {
    const text = readFileSync(path.join(ROOT, file), 'utf8')
    const imports = importsOf(file).filter(({ target, loadsNothing }) => !loadsNothing && IMPURE.test(target))
    return [...imports.map(show), ...(TIMER.test(text) ? [`${file} has a timer or a clock`] : [])]
  })
  expect(wrong).toEqual([])
})

test('pure files import only pure files', () => {
  const wrong = PURE_SOURCES.flatMap(importsOf).filter(
    ({ target, loadsNothing }) => !loadsNothing && SOURCES.includes(target) && impurities(target).length > 0,
  )
  expect(wrong.map(show)).toEqual([])
})

/** Lists the impure modules that a file imports, directly or indirectly. */
function impurities(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  return importsOf(file)
    .filter(({ loadsNothing }) => !loadsNothing)
    .flatMap(({ target }) => {
      if (IMPURE.test(target)) return [target]
      return SOURCES.includes(target) ? impurities(target, seen) : []
    })
}
