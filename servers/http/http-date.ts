/** HTTP dates (RFC 9110, section 5.6.7): writes IMF-fixdate, parses all three formats. Pure. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const TIME = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`
const MONTH = `(?<month>${MONTHS.join('|')})`

const DAY_NAME = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const LONG_DAY_NAME = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day'

const FORMATS = [
  // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(String.raw`^${DAY_NAME}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`),
  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(String.raw`^${LONG_DAY_NAME}, (?<day>\d\d)-${MONTH}-(?<shortYear>\d\d) ${TIME} GMT$`),
  // asctime: Sun Nov  6 08:49:37 1994
  new RegExp(String.raw`^${DAY_NAME} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
]

/** Formats milliseconds since 1970 as an IMF-fixdate. */
export function formatHttpDate(time: number): string {
  return new Date(time).toUTCString()
}

/**
 * Parses a date to milliseconds since 1970. Returns undefined if the text is not a date.
 *
 * @param now decides the century of a two-digit year: a date more than 50 years ahead is in the past
 */
export function parseHttpDate(text: string, now: number): number | undefined {
  for (const format of FORMATS) {
    const parts = format.exec(text)?.groups
    if (parts) return timeOf(parts, now)
  }
  return undefined
}

function timeOf(parts: Readonly<Record<string, string | undefined>>, now: number): number | undefined {
  const [day = 0, hour = 0, minute = 0, second = 0] = [parts.day, parts.hour, parts.minute, parts.second].map(Number)
  const month = MONTHS.indexOf(String(parts.month))
  const year = parts.year === undefined ? fullYear(Number(parts.shortYear), now) : Number(parts.year)
  const time = Date.UTC(year, month, day, hour, minute, second)
  // Date.UTC turns 31 February into 3 March, and second 60 (a leap second) into the next minute.
  const exists = new Date(time).getUTCDate() === day || second === 60
  return exists && hour < 24 && minute < 60 && second <= 60 && day > 0 ? time : undefined
}

function fullYear(shortYear: number, now: number): number {
  const current = new Date(now).getUTCFullYear()
  const year = current - (current % 100) + shortYear
  return year > current + 50 ? year - 100 : year
}
