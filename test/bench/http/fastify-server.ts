/** @fastify/static as its documentation shows it, with a JSON route. Arguments: PORT FOLDER */
import fastifyStatic from '@fastify/static'
import fastify from 'fastify'

const [port, root = ''] = process.argv.slice(2)
const server = fastify()
await server.register(fastifyStatic, { root, preCompressed: true })
server.get('/healthz', async () => ({ status: 'ok' }))
await server.listen({ port: Number(port), host: '127.0.0.1' })
