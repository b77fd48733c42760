/** `fourwire user`: adds, lists, changes and removes accounts in the store of the data folder, also while a suite runs. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { Command, Option } from 'commander'
import { UsageError } from '../../errors.ts'
import { formatBytes } from '../../format-bytes.ts'
import type { Account, Accounts } from '../../store/accounts.ts'
import { DEMONSTRATION_ACCOUNTS } from '../../store/demonstration-accounts.ts'
import { Store, type StoreLocation } from '../../store/store.ts'
import { DEFAULT_DATA_FOLDER, EXIT, type Io } from '../io.ts'
import { loadSettings } from '../settings/load-settings.ts'
import { resolveSettings } from '../settings/options.ts'
import { openDataFolder } from '../suite/data-folder.ts'
import { storeLocation } from '../suite/store-location.ts'
import { readPassword } from './read-password.ts'
import { collect, excludeBoth, foldersOf, type PermissionFlags, parseBytes, parseLimit } from './user-flags.ts'

interface StoreFlags {
  readonly data?: string
  readonly store?: string
  readonly json?: boolean
}

interface PasswordFlag {
  readonly password?: string
}

interface AddFlags extends StoreFlags, PasswordFlag, PermissionFlags {
  readonly quota?: string
  readonly fileQuota?: string
}

interface SetFlags extends StoreFlags, PermissionFlags {
  readonly quota?: string | false
  readonly fileQuota?: string | false
}

/** The value of `--json`, and the text without it. */
interface Output {
  readonly value: unknown
  readonly text: string
}

/** Builds the command with its five subcommands. */
export function userCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command('user')
    .summary('add, list, change and remove accounts')
    .description('Manages the accounts that can sign in by FTP, SMTP and HTTP, also while a suite runs.')
  const run = async (flags: StoreFlags, task: (accounts: Accounts) => Promise<Output>, creates = false) => {
    const { value, text } = await withAccounts(flags, io, creates, task)
    io.stdout.write(flags.json ? `${JSON.stringify(value, undefined, 2)}\n` : text)
    finish(EXIT.done)
  }
  const addCommand = withPassword(subcommand(command, 'add <name>', 'add an account'))
  addCommand
    .option('--read <PATH>', 'folder that it may read, as /files; can be repeated (default: /)', collect)
    .option('--write <PATH>', 'folder that it may change; can be repeated (default: /)', collect)
    .option('--delete <PATH>', 'folder in which it may delete; can be repeated (default: those of --write)', collect)
    .option('--no-read', 'it may read nothing')
    .option('--no-write', 'it may change nothing')
    .option('--no-delete', 'it may delete nothing')
    .option('--quota <BYTES>', 'bytes of mail that its mailbox may hold')
    .option('--file-quota <BYTES>', 'bytes that the files in the folders that it may change may have together')
    .addHelpText('after', '\nExample:\n  fourwire user add ann --read / --write /files/ann')
    .action((name: string, flags: AddFlags) => run(flags, accounts => add(accounts, name, flags, io), true))
  const setCommand = subcommand(command, 'set <name>', 'change what an account may do, at once for open sessions too')
  setCommand
    .option('--read <PATH>', 'folder that it may read, instead of those before; can be repeated', collect)
    .option('--write <PATH>', 'folder that it may change, instead of those before; can be repeated', collect)
    .option('--delete <PATH>', 'folder in which it may delete, instead of those before; can be repeated', collect)
    .option('--no-read', 'it may read nothing')
    .option('--no-write', 'it may change nothing')
    .option('--no-delete', 'it may delete nothing')
    .option('--quota <BYTES>', 'bytes of mail that its mailbox may hold')
    .option('--no-quota', "its mailbox may hold the SMTP server's default")
    .option('--file-quota <BYTES>', 'bytes that the files in the folders that it may change may have together')
    .option('--no-file-quota', 'its files may have any size')
    .addHelpText('after', '\nExample:\n  fourwire user set ann --read / --no-write')
    .action((name: string, flags: SetFlags) => run(flags, accounts => change(accounts, name, flags)))
  for (const each of [addCommand, setCommand]) excludeBoth(each, ['read', 'write', 'delete', 'quota', 'file-quota'])
  subcommand(command, 'list', 'list the accounts')
    .addHelpText('after', '\nExample:\n  fourwire user list --json')
    .action((flags: StoreFlags) => run(flags, list))
  withPassword(subcommand(command, 'passwd <name>', 'change a password'))
    .addHelpText('after', '\nExample:\n  fourwire user passwd ann')
    .action((name: string, flags: StoreFlags & PasswordFlag) =>
      run(flags, accounts => changePassword(accounts, name, flags, io)),
    )
  subcommand(command, 'remove <name>', 'remove an account; its mail stays')
    .addHelpText('after', '\nExample:\n  fourwire user remove ann')
    .action((name: string, flags: StoreFlags) => run(flags, accounts => remove(accounts, name)))
  return command.addHelpText('after', '\nExample:\n  fourwire user add ann')
}

function subcommand(parent: Command, nameAndArguments: string, summary: string): Command {
  return parent
    .command(nameAndArguments)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .option('--json', 'print the result as one JSON document')
    .option('--data <DIR>', `data folder (default: ${DEFAULT_DATA_FOLDER})`)
    .option('--store <URL>', 'database, if it is not a file of the data folder: postgres://...')
}

function withPassword(command: Command): Command {
  const description = 'its password, which other users of this machine can see; without it, fourwire asks for it'
  return command.addOption(new Option('--password <PASSWORD>', description))
}

async function add(accounts: Accounts, name: string, flags: AddFlags, io: Io): Promise<Output> {
  const quotas = {
    quota: parseBytes('--quota', flags.quota),
    fileQuota: parseBytes('--file-quota', flags.fileQuota),
  }
  const permissions = { ...foldersOf(flags), ...quotas }
  // `add` fails if it exists, so a password is not needed.
  const existing = await accounts.get(name)
  const password = existing ? 'not used' : await passwordFrom(flags, name, io)
  const account = await accounts.add({ name, password, ...permissions })
  return { value: account, text: `added ${describe(account)}\n` }
}

async function change(accounts: Accounts, name: string, flags: SetFlags): Promise<Output> {
  const { read, write, delete: deletable, quota, fileQuota } = flags
  if ([read, write, deletable, quota, fileQuota].every(flag => flag === undefined)) {
    const flagNames =
      '--read, --no-read, --write, --no-write, --delete, --no-delete, --quota, --no-quota, --file-quota or --no-file-quota'
    throw new UsageError(`nothing to change. Give ${flagNames}. Example: fourwire user set ${name} --no-write`)
  }
  const quotas = { quota: parseLimit('--quota', quota), fileQuota: parseLimit('--file-quota', fileQuota) }
  const account = await accounts.update(name, { ...foldersOf(flags), ...quotas })
  return { value: account, text: `changed ${describe(account)}\n` }
}

const DEMONSTRATION_NAMES = DEMONSTRATION_ACCOUNTS.map(({ name }) => name).join(' and ')

const NO_ACCOUNTS =
  `no accounts are stored; while all services listen on loopback, ${DEMONSTRATION_NAMES} exist for demonstration. ` +
  'Add one with fourwire user add NAME\n'

async function list(accounts: Accounts): Promise<Output> {
  const all = await accounts.list()
  const text = all.map(account => `${describe(account)}\n`).join('')
  return { value: all, text: text === '' ? NO_ACCOUNTS : text }
}

async function changePassword(accounts: Accounts, name: string, flags: PasswordFlag, io: Io): Promise<Output> {
  const account = await accounts.get(name)
  const password = account ? await passwordFrom(flags, name, io) : 'not used'
  await accounts.setPassword(name, password)
  return { value: account, text: `changed the password of ${account?.name}\n` }
}

async function remove(accounts: Accounts, name: string): Promise<Output> {
  const account = await accounts.get(name)
  await accounts.remove(name)
  return { value: account, text: `removed ${account?.name}\n` }
}

function passwordFrom({ password }: PasswordFlag, name: string, io: Io): Promise<string> | string {
  return password ?? readPassword(name, io)
}

/** `ann: reads /, writes /files/ann, deletes nothing, mail up to 1.0 MiB, files up to 10.0 MiB` */
function describe({ name, read, write, delete: deletable, quota, fileQuota }: Account): string {
  const deletes = deletable ? `, deletes ${paths(deletable)}` : ''
  const mail = quota === undefined ? '' : `, mail up to ${formatBytes(quota)}`
  const files = fileQuota === undefined ? '' : `, files up to ${formatBytes(fileQuota)}`
  return `${name}: reads ${paths(read)}, writes ${paths(write)}${deletes}${mail}${files}`
}

function paths(folders: readonly string[]): string {
  return folders.length === 0 ? 'nothing' : folders.join(' ')
}

async function withAccounts<Result>(
  flags: StoreFlags,
  io: Io,
  creates: boolean,
  task: (accounts: Accounts) => Promise<Result>,
): Promise<Result> {
  const location = await locate(flags, io)
  if (creates && location.kind === 'sqlite') await openDataFolder(path.dirname(location.file))
  const isMissing = !creates && location.kind === 'sqlite' && !existsSync(location.file)
  const store = new Store(isMissing ? { kind: 'memory' } : location)
  try {
    return await task((await store.open()).accounts)
  } finally {
    await store.close()
  }
}

/** Finds the store by the same flags, variables and config file as `fourwire start`. */
async function locate({ data, store }: StoreFlags, io: Io): Promise<StoreLocation> {
  const resolved = resolveSettings(await loadSettings({ data, store }, undefined, io), 'default')
  return storeLocation({ ...resolved, data: path.resolve(io.cwd, resolved.data ?? DEFAULT_DATA_FOLDER) })
}
