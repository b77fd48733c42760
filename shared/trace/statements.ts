/** Attributes the statements that servers send to the database to the exchanges that caused them. Pure. */
import { type Exchange, startOf } from './exchanges.ts'

export interface AttributedExchanges {
  /** The exchanges that no other exchange of the list caused. */
  readonly exchanges: readonly Exchange[]
  /** Returns the statements that an exchange caused, in their order. */
  statementsOf(exchange: Exchange): readonly Exchange[]
}

/**
 * A statement names the conversation that caused it. In this conversation, the cause is the last exchange that began before the
 * statement.
 *
 * @param exchanges sorted by their start
 */
export function attributeStatements(exchanges: readonly Exchange[]): AttributedExchanges {
  const byConversation = groupBy(exchanges, ({ conversation }) => conversation)
  const causeOf = (statement: Exchange) => {
    // Every other conversation that a server has is shown by itself.
    if (statement.protocol !== 'sql') return undefined
    const candidates = (statement.cause !== undefined && byConversation.get(statement.cause)) || []
    return candidates.findLast(candidate => startOf(candidate) <= startOf(statement)) ?? candidates[0]
  }
  const byCause = groupBy(exchanges, causeOf)
  return {
    exchanges: byCause.get(undefined) ?? [],
    statementsOf: exchange => byCause.get(exchange) ?? [],
  }
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** The database of a statement. */
export interface Database {
  /** Its address, or the name of a library. */
  readonly name: string
  /** True if it is a library in the process of the server. */
  readonly isEmbedded: boolean
}

/** Names the database of a statement. */
export function databaseOf({ conversation }: Exchange): Database {
  const server = conversation.slice(conversation.indexOf('>') + 1)
  return { name: server.replace(/:0$/, ''), isEmbedded: !/:\d+$/.test(server) }
}
