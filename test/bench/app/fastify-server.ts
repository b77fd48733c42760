/**
 * The same application on fastify and @fastify/session: sign-in with a session in the database, and a notice board as a page and
 * as JSON. As in Fourwire, each request reads its session and its account.
 *
 *     fastify-server.ts PORT DATABASE
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import session, { type SessionStore } from '@fastify/session'
import fastify, { type FastifyRequest } from 'fastify'
import { html } from 'hono/html'
import { type Database, openDatabase, type Row } from './database.ts'

declare module 'fastify' {
  interface Session {
    user?: string
  }
}

const PAGE_SIZE = 20
const [port = '', location = ''] = process.argv.slice(2)
const database = await openDatabase(location)
const salt = randomBytes(16)
const password = `${salt.toString('hex')}$${scryptSync('wonderland', salt, 32).toString('hex')}`
await database.query('insert into accounts (name, password) values (?, ?)', 'alice', password)

const app = fastify()
await app.register(cookie)
await app.register(formbody)
await app.register(session, {
  secret: randomBytes(32).toString('hex'),
  cookieName: 'session',
  cookie: { secure: false, httpOnly: true, sameSite: 'lax', maxAge: 43_200_000 },
  saveUninitialized: false,
  // Fourwire does not write a session for each request either.
  rolling: false,
  store: storeIn(database),
})

app.post<{ Body: { user: string; password: string } }>('/api/sign-in', async (request, reply) => {
  const [account] = await database.query('select name, password from accounts where name = ?', request.body.user)
  const [accountSalt = '', hash = ''] = String(account?.password ?? '').split('$')
  const given = scryptSync(request.body.password, Buffer.from(accountSalt, 'hex'), 32)
  if (!timingSafeEqual(given, Buffer.from(hash, 'hex'))) return reply.code(401).send({ status: 401 })
  await request.session.regenerate()
  request.session.user = request.body.user
  return { account: request.body.user }
})

app.get('/app/notices', async (request, reply) => {
  const user = await userOf(request)
  if (user === undefined) return reply.redirect('/app/sign-in', 303)
  const rows = await readNotices()
  reply.header('Content-Security-Policy', "default-src 'none'; style-src 'self'; form-action 'self'")
  return reply.type('text/html; charset=utf-8').send(String(await page(user, rows)))
})

app.get('/api/notices', async (request, reply) => {
  const user = await userOf(request)
  if (user === undefined) return reply.code(401).send({ status: 401 })
  return { notices: (await readNotices()).map(row => toJson(row, user)), next: null }
})

let lastId = 0
app.post<{ Body: { text: string } }>(
  '/api/notices',
  { schema: { body: { type: 'object', properties: { text: { type: 'string', minLength: 1 } }, required: ['text'] } } },
  async (request, reply) => {
    const user = await userOf(request)
    if (user === undefined) return reply.code(401).send({ status: 401 })
    lastId += 1
    const row = { id: lastId, author: user, text: request.body.text, created_at: Date.now() }
    await database.query(
      'insert into notices (id, author, text, created_at) values (?, ?, ?, ?)',
      ...Object.values(row),
    )
    return reply.code(201).send(toJson(row, user))
  },
)

await app.listen({ host: '127.0.0.1', port: Number(port) })

function readNotices(): Promise<readonly Row[]> {
  return database.query('select * from notices order by id desc limit ?', PAGE_SIZE + 1)
}

/** Reads the account of the session; undefined if it does not exist. */
async function userOf(request: FastifyRequest): Promise<string | undefined> {
  const { user } = request.session
  if (user === undefined) return undefined
  const [account] = await database.query('select name from accounts where name = ?', user)
  return account && user
}

function toJson(row: Row, user: string) {
  const createdAt = new Date(Number(row.created_at)).toISOString()
  return { id: String(row.id), author: row.author, text: row.text, createdAt, editedAt: null, own: row.author === user }
}

function page(user: string, rows: readonly Row[]) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Notices</title><link rel="stylesheet" href="/app/style.css"></head>
<body>
<header><nav><a href="/app/notices">Notices</a> <a href="/app/sessions">Sessions</a></nav>
<form method="post" action="/app/sign-out"><span>${user}</span> <button>Sign out</button></form></header>
<main><h1>Notices</h1>
<form method="post" action="/app/notices"><label for="text">New notice</label><textarea id="text" name="text"></textarea><button>Post</button></form>
<ul>${rows.slice(0, PAGE_SIZE).map(
    row => html`<li><p><strong>${row.author}</strong>, ${new Date(Number(row.created_at)).toISOString()}</p>
<p>${row.text}</p><p><a href="/app/notices/${row.id}">Edit</a> <a href="/app/notices/${row.id}/delete">Delete</a></p></li>`,
  )}</ul></main>
</body>
</html>
`
}

function storeIn(sessions: Database): SessionStore {
  const run = async (work: Promise<readonly Row[]>, callback: (error?: unknown) => void) => {
    await work.then(() => callback(), callback)
  }
  const upsert = 'insert into sessions (id, data) values (?, ?) on conflict (id) do update set data = excluded.data'
  return {
    set: (id, data, callback) => void run(sessions.query(upsert, id, JSON.stringify(data)), callback),
    destroy: (id, callback) => void run(sessions.query('delete from sessions where id = ?', id), callback),
    get: (id, callback) => {
      sessions.query('select data from sessions where id = ?', id).then(
        ([row]) => callback(null, row ? JSON.parse(String(row.data)) : null),
        (error: unknown) => callback(error, null),
      )
    },
  }
}
