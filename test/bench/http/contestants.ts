/** The servers of the bench. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../helpers/free-port.ts'
import { findTool } from '../../interop/tools.ts'
import { type RunningServer, startServer } from '../server-process.ts'
import { waitForConnection } from '../trace/wait-for-connection.ts'
import { WORKLOADS, type Workload, type WorkloadName } from './workloads.ts'

/** Where the bench's files are. */
export interface Site {
  /** The folder with the files. */
  readonly root: string
  /** A folder for files of the server. */
  readonly scratch: string
  readonly certificate: string
  readonly key: string
}

export interface Contestant {
  readonly name: string
  /** The workloads that it can serve. */
  readonly workloads: readonly WorkloadName[]
  start(site: Site, workload: Workload): Promise<{ readonly server: RunningServer; readonly base: string }>
}

export const OURS = 'fourwire'
export const TRACED = 'fourwire, traced'
export const FLOOR = 'node:http constant'
export const NGINX = 'nginx'

const ALL = Object.keys(WORKLOADS) as WorkloadName[]
const WITHOUT_TLS = ALL.filter(name => WORKLOADS[name].transport === undefined)
const FILES = WITHOUT_TLS.filter(name => name !== 'JSON')

const script = (file: URL) => ['--import', 'tsx', fileURLToPath(file)]
const program = (name: string) => fileURLToPath(new URL(`../../../node_modules/.bin/${name}`, import.meta.url))

/** @param dist the folder of the built package */
export function contestants(dist: string): Contestant[] {
  return [
    fourwire(OURS, dist, []),
    fourwire(TRACED, dist, ['traced']),
    { name: FLOOR, workloads: ALL, start: startFloor },
    { name: NGINX, workloads: ALL, start: startNginx },
    peer('@fastify/static', WITHOUT_TLS, (port, root) => [
      process.execPath,
      [...script(new URL('./fastify-server.ts', import.meta.url)), port, root],
    ]),
    peer('serve', FILES, (port, root) => [program('serve'), ['-L', '-n', '-l', `tcp://127.0.0.1:${port}`, root]]),
    peer('http-server', FILES, (port, root) => [
      program('http-server'),
      [root, '-p', port, '-a', '127.0.0.1', '-s', '-g'],
    ]),
  ]
}

function fourwire(name: string, dist: string, more: readonly string[]): Contestant {
  return {
    name,
    workloads: ALL,
    async start({ root }, { transport }) {
      const [port, tlsPort] = [await freePort(), await freePort()]
      const args = [
        ...script(new URL('./fourwire-server.ts', import.meta.url)),
        path.resolve(dist),
        String(port),
        String(tlsPort),
        path.dirname(root),
        ...more,
      ]
      // The TLS port is bound last.
      const server = await start(process.execPath, args, port, tlsPort)
      return { server, base: transport ? `https://127.0.0.1:${tlsPort}` : `http://127.0.0.1:${port}` }
    },
  }
}

async function startFloor({ root, certificate, key }: Site, { transport }: Workload) {
  const port = await freePort()
  const args = [
    ...script(new URL('./floor-server.ts', import.meta.url)),
    String(port),
    root,
    transport ?? 'http',
    certificate,
    key,
  ]
  const server = await start(process.execPath, args, port)
  return { server, base: `${transport ? 'https' : 'http'}://127.0.0.1:${port}` }
}

/** One worker, as fast as its documentation says: sendfile, open_file_cache, no log, no bound on requests of a connection. */
async function startNginx({ root, scratch, certificate, key }: Site, { transport }: Workload) {
  const port = await freePort()
  const listen = transport
    ? `listen 127.0.0.1:${port} ssl http2; ssl_certificate ${certificate}; ssl_certificate_key ${key};`
    : `listen 127.0.0.1:${port};`
  const folder = path.join(scratch, 'nginx')
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/${name};`,
  )
  await writeFile(
    file,
    `user root; worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  ${temporary.join(' ')}
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; gzip_static on;
  open_file_cache max=100 inactive=60s; open_file_cache_valid 60s;
  types { text/plain txt; text/css css; } default_type application/octet-stream;
  server { ${listen} root ${root};
    location = /healthz { default_type application/json; return 200 '{"status": "ok"}'; } }
}
`,
  )
  const server = await start(findTool('nginx') ?? 'nginx', ['-c', file, '-p', folder], port)
  return { server, base: `${transport ? 'https' : 'http'}://127.0.0.1:${port}` }
}

function peer(
  name: string,
  workloads: readonly WorkloadName[],
  command: (port: string, root: string) => readonly [string, string[]],
): Contestant {
  return {
    name,
    workloads,
    async start({ root }) {
      const port = await freePort()
      const server = await start(...command(String(port), root), port)
      return { server, base: `http://127.0.0.1:${port}` }
    },
  }
}

function start(command: string, args: readonly string[], port: number, lastPort = port): Promise<RunningServer> {
  return startServer(command, args, {
    port,
    waitForAnswer: (_port, signal) => waitForConnection(lastPort, signal),
  })
}
