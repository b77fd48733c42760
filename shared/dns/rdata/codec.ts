/**
 * A field of a record's data knows its four forms at once: read and written on the wire, parsed and printed as text. The
 * data of a type is one field or several, so that its reader, writer, parser and printer cannot disagree.
 */
import type { WireReader } from '../wire-reader.ts'
import type { WireWriter } from '../wire-writer.ts'
import type { TokenReader } from './tokens.ts'

export interface Codec<Value> {
  /** Reads it off the wire. The data ends at `end`; the caller checks that what was read did too. */
  read(reader: WireReader, end: number): Value
  /** Writes it. Throws RangeError for what the format cannot hold. */
  write(writer: WireWriter, value: Value): void
  /** Takes it from the words of a master file. Throws ParseError or NameError for what is wrong with them. */
  parse(tokens: TokenReader): Value
  /** As a master file has it; what is parsed from that is the same value. */
  print(value: Value): string
}

/** The fields of a type, in their order. */
export function fields<Data extends object>(
  table: {
    readonly [Key in keyof Data]-?: Codec<Data[Key]>
  },
): Codec<Data> {
  // An object's own string keys keep the order in which they were written.
  const all = Object.entries(table) as [keyof Data, Codec<Data[keyof Data]>][]
  const collect = (value: (field: Codec<Data[keyof Data]>) => Data[keyof Data]): Data => {
    const data: Partial<Data> = {}
    for (const [key, field] of all) data[key] = value(field)
    // Every key of the table has its value now.
    return data as Data
  }
  return {
    read: (reader, end) => collect(field => field.read(reader, end)),
    write(writer, data) {
      for (const [key, field] of all) field.write(writer, data[key])
    },
    parse: tokens => collect(field => field.parse(tokens)),
    print: data => printed(all.map(([key, field]) => field.print(data[key]))),
  }
}

/** A set of types that is empty has no text. */
function printed(texts: readonly string[]): string {
  return texts.filter(text => text !== '').join(' ')
}
