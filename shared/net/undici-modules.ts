/** The modules of undici that a client needs, in one file of the bundle. */
export { default as request } from 'undici/lib/api/api-request.js'
export { default as Client } from 'undici/lib/dispatcher/client.js'
