/** The list of servers, in the order in which the launcher starts them. */
import { dns } from './dns/index.ts'
import { ftp } from './ftp/index.ts'
import { hello } from './hello/index.ts'
import { http } from './http/index.ts'
import { smtp } from './smtp/index.ts'

export const servers = { hello, http, ftp, smtp, dns } as const
