/**
 * A codec converts one field of RDATA, or all of it, between its value, wire format and presentation format. The RDATA
 * of a type is one list of fields, so that its four conversions cannot disagree.
 */
import type { WireReader } from '../wire-reader.ts'
import type { WireWriter } from '../wire-writer.ts'
import type { TokenReader } from './tokens.ts'

export interface Codec<Value> {
  /** Reads the value from wire format. The RDATA ends at `end`; the caller checks that the reader stops there. */
  read(reader: WireReader, end: number): Value
  /**
   * Writes the value in wire format.
   *
   * @throws RangeError if the value does not fit the field
   */
  write(writer: WireWriter, value: Value): void
  /**
   * Parses the value from the tokens of a master file.
   *
   * @throws ParseError if it is invalid or missing
   * @throws NameError if a name is invalid
   */
  parse(tokens: TokenReader): Value
  /** Prints the value in presentation format, which parses to an equal value. */
  print(value: Value): string
}

/** Combines the codecs of consecutive fields. */
export function fields<Data extends object>(
  table: {
    readonly [Key in keyof Data]-?: Codec<Data[Key]>
  },
): Codec<Data> {
  // The string keys of an object keep their insertion order.
  const all = Object.entries(table) as [keyof Data, Codec<Data[keyof Data]>][]
  const collect = (value: (field: Codec<Data[keyof Data]>) => Data[keyof Data]): Data => {
    const data: Partial<Data> = {}
    for (const [key, field] of all) data[key] = value(field)
    // Safe: the loop has set every key of the table.
    return data as Data
  }
  return {
    read: (reader, end) => collect(field => field.read(reader, end)),
    write(writer, data) {
      for (const [key, field] of all) field.write(writer, data[key])
    },
    parse: tokens => collect(field => field.parse(tokens)),
    print: data => joinTexts(all.map(([key, field]) => field.print(data[key]))),
  }
}

/** An empty type bitmap has no text. */
function joinTexts(texts: readonly string[]): string {
  return texts.filter(text => text !== '').join(' ')
}
