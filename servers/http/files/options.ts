/** The options of files. */
import * as z from 'zod'
import { parseCacheRule } from './cache-rules.ts'
import { isAllowableOrigin } from './cors.ts'

const MAX_CACHE_RULES = 100
const MAX_ORIGINS = 100

export const fileOptions = {
  revalidate: z
    .enum(['interval', 'always'])
    .default('interval')
    .describe('when files in memory are compared with those on disk: once a second, or always')
    .meta({ placeholder: 'WHEN' }),
  cache: z
    .array(
      z.string().refine(text => parseCacheRule(text) !== undefined, {
        error: 'must be PATTERN=LIFETIME, as in assets/**=1y immutable or *.html=no-cache',
      }),
    )
    .max(MAX_CACHE_RULES)
    .default([])
    .describe('how long caches may keep files: PATTERN=LIFETIME, as in "assets/**=1y immutable"')
    .meta({ placeholder: 'RULE' }),
  cors: z
    .array(z.string().refine(isAllowableOrigin, { error: 'must be an origin such as http://localhost:3000, or *' }))
    .max(MAX_ORIGINS)
    .default([])
    .describe('origin whose pages may read files, or * for any')
    .meta({ placeholder: 'ORIGIN' }),
  spa: z.boolean().default(false).describe('send /index.html to a browser that requests a page that does not exist'),
}
