/** The list of clients, in the order in which the command line shows them. */
import { dns } from './dns/index.ts'
import { ftp } from './ftp/index.ts'
import { hello } from './hello/index.ts'
import { http } from './http/index.ts'
import { mail } from './mail/index.ts'
import { smtp } from './smtp/index.ts'

export const clients = { hello, http, ftp, smtp, mail, dns } as const
