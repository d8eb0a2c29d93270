/** A compiled route pattern: the parameters of a raw path, or `undefined` when it does not match. */
export type Pattern = (rawPath: string) => Readonly<Record<string, string>> | undefined

/**
 * Compiles `/iam/:id/did.json`. A parameter is one segment, percent-decoded once; a segment that does not decode does
 * not match; with `raw` it is left as it is. `*id` at the end is all that is left, slashes too. Matching is on the raw path, because a decoded `%3A` would make another DID.
 */
export function compilePattern(pattern: string, { raw = false }: { readonly raw?: boolean } = {}): Pattern {
  const names: string[] = []
  const source = pattern.replace(/[.]/g, '\\.').replace(/([:*])([a-zA-Z]+)/g, (_, kind: string, name: string) => {
    names.push(name)
    return kind === '*' ? '(.+)' : '([^/]+)'
  })
  const expression = new RegExp(`^${source}$`)
  return (rawPath) => {
    const match = expression.exec(rawPath)
    if (match === null) return undefined
    const params: Record<string, string> = {}
    for (const [index, name] of names.entries()) {
      const segment = match[index + 1] ?? ''
      const decoded = raw ? segment : decodeSegment(segment)
      if (decoded === undefined) return undefined
      params[name] = decoded
    }
    return params
  }
}

function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
