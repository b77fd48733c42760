/** Fourwire as a library: `import { startSuite } from 'fourwire'`. */
export type { Directory } from '../directory.ts'
export { BindError, FourwireError, RefusedError, UnreachableError, UsageError } from '../errors.ts'
export type { FileTree } from '../files/file-tree.ts'
export { createLog, type Log, type LogLevel, silentLog } from '../log.ts'
export type { Address } from '../net/address.ts'
export { type IssuedTls, openTls, type Tls, type TlsOptions } from '../net/tls/tls.ts'
export type { ProtocolName, TracedProtocolName } from '../protocols/index.ts'
export type {
  ClientCommand,
  ClientDefinition,
  ClientOptions,
  Context,
  Endpoint,
  Locate,
  LocateMail,
  Location,
  MailExchanger,
  ServerDefinition,
  Service,
  Target,
} from '../service.ts'
export type { Account, NewAccount } from '../store/accounts.ts'
export type { Mail, Message, WaitOptions } from '../store/mail/mail.ts'
export type { MailFilter } from '../store/mail/mail-filter.ts'
export { MailTimeoutError } from '../store/mail/mail-timeout-error.ts'
export type { Envelope, MessageSummary } from '../store/mail/message.ts'
export type { MessageCriteria } from '../store/mail/message-criteria.ts'
export type {
  Attachment,
  AttachmentSummary,
  HeaderField,
  MailAddress,
  MailAddresses,
  ParsedMessage,
} from '../store/mail/parse/parsed-message.ts'
export type { ScryptCost } from '../store/password.ts'
export { Store, type StoreLocation } from '../store/store.ts'
export { StoreError } from '../store/store-error.ts'
export { plainEvent } from '../trace/create-event.ts'
export type { Direction } from '../trace/dissector.ts'
export type {
  Channel,
  CloseEvent,
  ErrorEvent,
  FaultEvent,
  MessageEvent,
  OpenEvent,
  Side,
  StateEvent,
  TraceEvent,
  TransferEvent,
  Transport,
} from '../trace/event.ts'
export { Trace, type TraceListener } from '../trace/trace.ts'
export { createLocate } from './locate.ts'
export { createLocateMail } from './locate-mail.ts'
export type { ServiceName } from './settings/options.ts'
export { createContext } from './suite/context.ts'
export { startSuite } from './suite/start-suite.ts'
export type { RunningService, SecureSuite, Suite, SuiteOptions } from './suite/suite.ts'
