/** The query parameters of a route. Pure. */
import { type Response, textResponse } from '../../response/response.ts'

/** Returns the parameters by name; a 400 response if one is unknown or repeated. */
export function parseParameters<const Name extends string>(
  query: string,
  known: readonly Name[],
): Partial<Record<Name, string>> | Response {
  const parameters: Partial<Record<Name, string>> = {}
  for (const [given, value] of new URLSearchParams(query)) {
    const name = known.find(name => name === given)
    if (name === undefined) return textResponse(400, unknownParameter(given, known))
    if (parameters[name] !== undefined) return textResponse(400, `The parameter ${name} is given more than once.`)
    parameters[name] = value
  }
  return parameters
}

export function isResponse(value: object): value is Response {
  return 'status' in value && 'headers' in value
}

function unknownParameter(given: string, known: readonly string[]): string {
  const parameters = known.length === 0 ? 'This path has no parameters' : `Use ${known.join(', ')}`
  return `Unknown parameter ${JSON.stringify(given)}. ${parameters}.`
}
