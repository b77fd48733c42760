/**
 * `npm run build`: writes `dist/`.
 *
 * - Declarations (`.d.ts`) come from tsc.
 * - JavaScript comes from esbuild: one entry for the command line, one for the library and one for each room. Code that they
 *   share, and code behind `import()`, goes to `dist/chunks/`. Loading 250 small modules would take most of the start-up time.
 *   The start of `fourwire http` is a bundle of its own, so that it is in one file.
 * - The libraries in `BUNDLED` go into the chunks, so that users do not install their dependency trees.
 * - The JSON schema of `fourwire.json` comes from the command line that was just built, that of a file of stubs from its room.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'
import { stubsJsonSchema } from './servers/http/stubs/schemas.ts'

const ROOT = fileURLToPath(new URL('.', import.meta.url))

/** Packages in the bundle. Every other package stays a dependency of the published package. */
const BUNDLED = [
  '@fastify/busboy',
  'commander',
  'damerau-levenshtein',
  'cookie',
  'dns-packet',
  'ftp-srv',
  'hono',
  'kysely',
  'mime',
  'pg',
  'pino',
  'smtp-server',
  'tough-cookie',
  'undici',
  'uuid',
  'ws',
  'zod',
  'zod-openapi',
]

/** CommonJS packages that the bundle requires: Node 20 takes 0.1 s more to import their hundred modules. */
const REQUIRED = ['libmime', 'mailparser']

/** Packages that a bundled library loads only if they are installed: `pg` then uses libpq, and `ws` native code. */
const OPTIONAL = ['bufferutil', 'pg-native', 'utf-8-validate']

/**
 * Replacements of modules that ftp-srv loads, with only the functions that its adapter (`servers/ftp/ftp-srv.ts`) reaches. The
 * modules make up nine tenths of the bundle. `ftp-srv.unit.test.ts` tests the adapter with and without them.
 */
const REPLACED_IN_FTP_SRV: Readonly<Record<string, string>> = {
  bluebird: `
    module.exports = class extends Promise {
      static try(run) { return new this(resolve => resolve(run())) }
      static promisify() { return () => { throw new Error('the file system of ftp-srv is not bundled') } }
    }`,
  bunyan: 'exports.createLogger = () => undefined',
  ip: '',
  lodash: `
    exports.clone = object => ({ ...object })
    // For the handlers of signals, which the adapter removes.
    exports.debounce = run => run
    exports.get = (object, path, missing) => path.split('.').reduce((value, name) => value?.[name], object) ?? missing
    exports.includes = (list, value) => list.includes(value)`,
  moment: '',
  // url.parse prints a deprecation warning (DEP0169) on Node 24 and later if the caller is outside node_modules, as a bundle is.
  url: 'exports.parse = text => new URL(text)',
  uuid: "exports.v4 = require('node:crypto').randomUUID",
}

/**
 * Replacements in modules of undici: loading `node:http` and `node:http2`, which a request over HTTP/1.1 does not use, takes as
 * long as the request. Its clients set `maxHeaderSize`, for which it would need `node:http`.
 */
const REPLACED_IN_UNDICI: Readonly<Record<string, readonly (readonly [text: string, replacement: string])[]>> = {
  'dispatcher/client.js': [
    ["const http = require('node:http')", 'const http = undefined'],
    [
      "const connectH2 = require('./client-h2.js')",
      "const connectH2 = (...args) => require('./client-h2.js')(...args)",
    ],
  ],
  'core/util.js': [
    ["const { IncomingMessage } = require('node:http')", ''],
    ['.constructor === IncomingMessage', ".constructor === require('node:http').IncomingMessage"],
  ],
}

/** Modules that undici loads only for bodies of `fetch`, which nothing here sends. */
const FETCH_BODY = /^\.\.\/web\/fetch\/body\.js$/

const UNDICI = /[\\/]node_modules[\\/]undici[\\/]lib[\\/](dispatcher[\\/]client\.js|core[\\/]util\.js)$/

const FTP_SRV = /[\\/]node_modules[\\/]ftp-srv[\\/]/

/** The start of `fourwire http`, which `main.ts` imports. */
const QUICK = 'shared/launcher/quick-http.ts'

const STUBS_SCHEMA = 'dist/http-stubs.schema.json'

const MAIN = 'dist/shared/launcher/main.js'

/** Builds everything; a failed step throws. */
export async function buildPackage(): Promise<void> {
  rmSync(path.join(ROOT, 'dist'), { recursive: true, force: true })
  // More checkers check what they share more than once, which costs more time than it saves.
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--checkers', '1')
  const all = await bundle({
    entryPoints: [
      'shared/launcher/main.ts',
      'shared/launcher/index.ts',
      'shared/store/mail/parse/worker.ts',
      'shared/store/sqlite/worker.ts',
      ...rooms('servers'),
      ...rooms('clients'),
    ],
  })
  // In a folder of their own: chunks of the other bundle with the same content have the same name.
  const quick = await bundle({ entryPoints: [QUICK], chunks: 'chunks/quick' })
  await mergeStaticChunks(quick.metafile, 'dist/shared/launcher/quick-http.js')
  const metafile = {
    inputs: { ...quick.metafile.inputs, ...all.metafile.inputs },
    outputs: { ...quick.metafile.outputs, ...all.metafile.outputs },
  }
  checkDependencies(metafile)
  writeFileSync(path.join(ROOT, 'dist/LICENSES.txt'), licenses(metafile))
  chmodSync(path.join(ROOT, MAIN), 0o755)
  node(MAIN, 'schema', '--output', 'dist/fourwire.schema.json')
  writeFileSync(path.join(ROOT, STUBS_SCHEMA), `${JSON.stringify(stubsJsonSchema(), undefined, 2)}\n`)
}

/**
 * Moves the chunks that a file always loads into the file: Node takes 0.5 ms or more for each. Other chunks load them too, so each
 * stays as a module that exports the same from the file.
 */
async function mergeStaticChunks({ outputs }: Metafile, file: string): Promise<void> {
  const chunks = staticChunks(outputs, file)
  const relative = (from: string, to: string) => {
    const name = path.posix.relative(path.posix.dirname(from), to)
    return name.startsWith('.') ? name : `./${name}`
  }
  const exported = chunks.map((chunk, index) => ({
    chunk,
    names: (outputs[chunk]?.exports ?? []).map(name => ({ name, merged: `chunk${index}_${name}` })),
  }))
  const lines = exported.flatMap(({ chunk, names }) =>
    names.map(({ name, merged }) => `export { ${name} as ${merged} } from '${relative(file, chunk)}'`),
  )
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    stdin: {
      contents: [`export * from './${path.posix.basename(file)}'`, ...lines].join('\n'),
      resolveDir: path.dirname(path.join(ROOT, file)),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [keepDynamicImports(file)],
  })
  writeFileSync(path.join(ROOT, file), outputFiles[0]?.contents ?? '')
  for (const { chunk, names } of exported) {
    const source = relative(chunk, file)
    const text = names.map(({ name, merged }) => `export { ${merged} as ${name} } from '${source}'\n`).join('')
    writeFileSync(path.join(ROOT, chunk), text === '' ? `import '${source}'\n` : text)
  }
}

/** Returns the chunks that a file loads with it, directly or indirectly. */
function staticChunks(outputs: Metafile['outputs'], file: string, seen = new Set<string>()): string[] {
  for (const { path: chunk, kind, external } of outputs[file]?.imports ?? []) {
    if (kind !== 'import-statement' || external || seen.has(chunk)) continue
    seen.add(chunk)
    staticChunks(outputs, chunk, seen)
  }
  return [...seen]
}

/** Leaves the imports of chunks that are loaded late, with their path from the file. */
function keepDynamicImports(file: string): Plugin {
  return {
    name: 'dynamic imports',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path: specifier, kind, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined
        const name = path.relative(path.dirname(path.join(ROOT, file)), path.join(resolveDir, specifier))
        return { path: name.split(path.sep).join('/'), external: true }
      })
    },
  }
}

function node(...args: string[]): void {
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
}

function bundle({ entryPoints, chunks = 'chunks' }: { entryPoints: string[]; chunks?: string }) {
  return build({
    absWorkingDir: ROOT,
    entryPoints,
    outbase: '.',
    outdir: 'dist',
    chunkNames: `${chunks}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    metafile: true,
    legalComments: 'none',
    // The bundled CommonJS libraries call `require` for node's own modules.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    plugins: [dependencies],
  })
}

function rooms(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}/index.ts`)
}

/** Returns the package of a module: `smtp-server` for `smtp-server/lib/x.js`, `@scope/name` for `@scope/name/x`. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Decides which imports of packages are bundled. */
const dependencies: Plugin = {
  name: 'dependencies',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind, importer }) => {
      if (kind === 'entry-point') return undefined
      if (FTP_SRV.test(importer) && Object.hasOwn(REPLACED_IN_FTP_SRV, specifier)) {
        return { path: specifier, namespace: 'replaced' }
      }
      if (REQUIRED.includes(specifier) && kind === 'import-statement') return { path: specifier, namespace: 'required' }
      const isBundled = BUNDLED.includes(packageOf(specifier)) || importer.includes('node_modules')
      return isBundled ? undefined : { path: specifier, external: true }
    })
    onLoad({ filter: /./, namespace: 'required' }, ({ path: specifier }) => ({
      contents: `module.exports = require('${specifier}')`,
    }))
    onResolve({ filter: /^\.\/quick-http\.ts$/ }, () => ({ path: './quick-http.js', external: true }))
    onResolve({ filter: FETCH_BODY }, () => ({ path: 'fetch-body', namespace: 'replaced' }))
    onLoad({ filter: UNDICI }, ({ path: file }) => ({ contents: replaceInUndici(file) }))
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path: specifier }) => ({
      contents: REPLACED_IN_FTP_SRV[specifier] ?? '',
    }))
  },
}

/** Throws if a text to replace is not there: undici has changed. */
function replaceInUndici(file: string): string {
  const name = UNDICI.exec(file)?.[1]?.replaceAll('\\', '/') ?? ''
  return (REPLACED_IN_UNDICI[name] ?? []).reduce(
    (source, [text, replacement]) => {
      if (!source.includes(text)) throw new Error(`${file} does not contain: ${text}`)
      return source.replace(text, () => replacement)
    },
    readFileSync(file, 'utf8'),
  )
}

/** Throws if the bundle imports a package that is not installed with it. */
function checkDependencies({ outputs }: Metafile): void {
  const installed: { dependencies: object } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
  const packages = Object.values(outputs)
    .flatMap(output => output.imports.filter(({ external }) => external).map(entry => packageOf(entry.path)))
    // Files of the other bundle have a path.
    .filter(name => !name.startsWith('.'))
    // `node:sqlite` is not a module of Node 20.
    .filter(name => !name.startsWith('node:') && !isBuiltin(name) && !OPTIONAL.includes(name))
  const missing = [...new Set(packages)].filter(name => !Object.hasOwn(installed.dependencies, name))
  if (missing.length > 0) throw new Error(`neither bundled nor a dependency: ${missing.join(', ')}`)
}

/** Returns the license of every bundled package, which these licenses require. */
function licenses({ inputs }: Metafile): string {
  const packages = new Set(
    Object.keys(inputs).flatMap(file => /^(node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
  )
  return [...packages].sort().map(licenseOf).join('\n')
}

function licenseOf(folder: string): string {
  const file = readdirSync(path.join(ROOT, folder)).find(name => /^licen[cs]e/i.test(name))
  const manifest: { name: string; version: string; license?: string } = JSON.parse(
    readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8'),
  )
  const text =
    file === undefined ? `License: ${manifest.license}\n` : readFileSync(path.join(ROOT, folder, file), 'utf8')
  return `${manifest.name} ${manifest.version}\n\n${text}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage()
