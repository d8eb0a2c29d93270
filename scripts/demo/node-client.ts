/** The internal API of a node, as an administrator uses it. */
export interface NodeClient {
  /** The answer's JSON; `undefined` for an empty answer. @throws Error with the node's own words */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/** An administrator's way to the node whose internal listener is at `internalUrl`. */
export function createNodeClient(internalUrl: string): NodeClient {
  return {
    async call(method, path, body) {
      const response = await fetch(`${internalUrl}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} was answered with ${String(response.status)}: ${text}`)
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    },
  }
}
