/** Who is there: USER, PASS, QUIT, and the commands of TLS, which say that there is none. */
import { type Account, authenticate, isAnonymous } from '../accounts.ts'
import { Refusal } from '../replies.ts'
import type { Session } from '../session.ts'
import { Tree } from '../tree.ts'
import type { Rules } from './rule.ts'

/** How often a connection may give a wrong password. */
const MAX_LOGIN_FAILURES = 3

/** RFC 959: a new USER ends the login before it. Names that do not exist are asked for a password as well. */
function user(session: Session, name: string): void {
  if (name === '') throw new Refusal(501, 'USER needs a name')
  logOut(session)
  session.user = name
  session.reply(331, isAnonymous(name) ? 'Any password will do; your address is welcome' : `Password for ${name}`)
}

function logOut(session: Session): void {
  session.account = undefined
  session.connection.authenticated = false
  session.tree = new Tree(session.shared.context.files)
}

function pass(session: Session, password: string): void {
  const name = session.user
  if (name === undefined) throw new Refusal(503, 'USER comes first')
  session.user = undefined
  const account = authenticate(name, password, session.shared.options)
  if (account) logIn(session, account, name)
  else fail(session, name)
}

function logIn(session: Session, account: Account, name: string): void {
  session.account = account
  session.connection.authenticated = true
  session.connection.fs = session.tree
  session.note('logged in', { user: account.name })
  session.reply(230, account.writes ? `${name} is logged in` : 'Logged in, to read')
}

function fail(session: Session, name: string): void {
  session.loginFailures++
  session.note('login failed', { user: name })
  session.reply(530, 'Wrong name or password')
  if (session.loginFailures >= MAX_LOGIN_FAILURES) session.leave(421, 'Too many wrong passwords; closing')
}

export const access: Rules = {
  USER: { syntax: '<name>', needs: 'nothing', run: (session, { argument }) => user(session, argument) },
  PASS: { syntax: '<password>', needs: 'nothing', run: (session, { argument }) => pass(session, argument) },
  QUIT: { syntax: '', needs: 'nothing', run: session => session.leave(221, 'Goodbye') },
}
