/** Four images of the same picture, 32 by 32: four white wires on blue. Pure. */

export interface Image {
  readonly type: string
  readonly content: Buffer
}

const PNG = [
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAYAAABzenr0AAAAaklEQVR4AezUsQ2AMBBD0VNa2IVxYETGgV3oQZ6A8knRIbk2+fHPWPbrlRmFv/',
  '6BJjCecysZfwXrcZeMJ4DfofIEpAHp9gSkAen2BNqCLFHGbyBLlPEE2gJpQLr9BqQB6fYE2oLpCfwd8AMAAP//XLDABQAAAAZJREFUAwDGN8Zw',
  'CcUoVQAAAABJRU5ErkJggg==',
]

const JPEG = [
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYV',
  'pQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAg',
  'ACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAeEAAABAcAAAAAAAAAAAAAAAAAAgUVFlRWo6TR0v/EABUBAQEAAAAAAAAAAA',
  'AAAAAAAAAF/8QAGxEAAQQDAAAAAAAAAAAAAAAAAgABUaISE9H/2gAMAwEAAhEDEQA/AJwkvSN4nQQkvSN4nQNiDUeCfYNiDUeCfYv7TmpdUrAY',
  'syQkvSN4nQQkvSN4nQNiDUeCfYNiDUeCfYbTmpdTAYsyOaDTmcfQOaDTmcfQRavT1knIRavT1knIajixcTMZqyOaDTmcfQOaDTmcfQRavT1knI',
  'RavT1knIajixcTMZqy/9k=',
]

const WEBP = [
  'UklGRrwAAABXRUJQVlA4ILAAAABQCACdASogACAAPrVSo00nJKMiKAgA4BaJaACdMxx/h6BTAf//bg2wHoA/QDzAP2Z9/+7YP2A7P+4AToB+AD',
  'EAAszmEMm4w1LqPsAA/tjCw0zh2FCDaw9Afnv8UyrI5xXCms2cXkL9xGOpf1LAdHQk+StHhHmV4MgvlGEGRIBudD8IjT5e1+XeFq+Adp9Ay27D',
  '8EKpYfgZ1uXHCMePTz4Z4xc/lSy1Rs0uFR9JkAAAAA==',
]

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32">
<rect width="32" height="32" fill="#0b57d0"/>
<path d="M0 7h32M0 13h32M0 19h32M0 25h32" stroke="#fff" stroke-width="2"/>
</svg>
`

const fromBase64 = (lines: readonly string[]) => Buffer.from(lines.join(''), 'base64')

export const IMAGES: ReadonlyMap<string, Image> = new Map([
  ['png', { type: 'image/png', content: fromBase64(PNG) }],
  ['webp', { type: 'image/webp', content: fromBase64(WEBP) }],
  ['svg', { type: 'image/svg+xml', content: Buffer.from(SVG) }],
  ['jpeg', { type: 'image/jpeg', content: fromBase64(JPEG) }],
])

/** Returns the kind that an Accept field lists, with the precedence of go-httpbin; undefined if it lists none. */
export function chooseKind(accept: string): string | undefined {
  // A browser and curl without `-H` accept everything.
  if (accept === '' || accept.includes('image/*') || accept.includes('*/*')) return 'png'
  const types = accept.split(',').map(range => range.split(';')[0]?.trim())
  return [...IMAGES.keys()].find(kind => types.includes(IMAGES.get(kind)?.type))
}
