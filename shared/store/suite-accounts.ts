/** The accounts of a suite, for programs and tests: `suite.accounts`. The methods are those of `Accounts`. */
import type { Account, AccountChange, Accounts, NewAccount } from './accounts.ts'
import type { Store } from './store.ts'

export class SuiteAccounts
  implements Omit<Accounts, 'verify' | 'demonstration' | 'snapshot' | 'fromRow' | 'isUnchanged'>
{
  readonly #store: Pick<Store, 'open'>

  /** @param store opened by the first call */
  constructor(store: Pick<Store, 'open'>) {
    this.#store = store
  }

  async add(account: NewAccount): Promise<Account> {
    return (await this.#accounts()).add(account)
  }

  async list(): Promise<readonly Account[]> {
    return (await this.#accounts()).list()
  }

  async get(name: string): Promise<Account | undefined> {
    return (await this.#accounts()).get(name)
  }

  async update(name: string, change: AccountChange): Promise<Account> {
    return (await this.#accounts()).update(name, change)
  }

  async setPassword(name: string, password: string): Promise<void> {
    return (await this.#accounts()).setPassword(name, password)
  }

  async remove(name: string): Promise<void> {
    return (await this.#accounts()).remove(name)
  }

  async #accounts(): Promise<Accounts> {
    return (await this.#store.open()).accounts
  }
}
