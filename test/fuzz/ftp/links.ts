/** Names in the served folder of the fuzz that lead outside, or in a circle. Pure. */
export const LINKS = [
  'out',
  'out/canary.txt',
  'out/new',
  'out/folder',
  'outfile',
  'deep/up/outside/canary.txt',
  'loop/loop/x',
  'dangling',
] as const
