import type { z } from 'zod'
import type { Caller, Operation } from './call.js'
import type { Peer } from './error.js'
import { parseJson, protocolFailure, type Received } from './failure.js'
import { addressBelow, parseNodeAddress } from './url.js'

/** The internal interface of the application's own node. */
export interface OwnNode {
  /** Where something is. */
  address(path: Path): URL
  /** Reads something. Parts of the path are encoded here. @throws RegistryError */
  get<T extends z.ZodType>(operation: Operation, schema: T, path: Path): Promise<z.output<T>>
  /** Asks for something that may be asked twice. @throws RegistryError */
  post<T extends z.ZodType>(
    operation: Operation,
    schema: T,
    path: Path & { readonly body: unknown; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<z.output<T>>
}

/** Where something is, below the address of the node. */
export interface Path {
  readonly parts: readonly string[]
  readonly query?: Readonly<Record<string, string | undefined>>
}

/** Makes the interface of the node at an address. @throws RegistryError `invalid_request` */
export function createOwnNode(nodeUrl: string, caller: Caller): OwnNode {
  const base = parseNodeAddress(nodeUrl)
  return {
    address: ({ parts, query }) => addressBelow(base, parts, query),
    async get(operation, schema, { parts, query }) {
      const url = addressBelow(base, parts, query)
      const make = () => ({ url, method: 'GET', headers: { accept: 'application/json' } }) as const
      return parseAnswer('node', schema, await caller.send(operation, make, { to: 'node' }))
    },
    async post(operation, schema, { parts, query, body, headers = {} }) {
      const url = addressBelow(base, parts, query)
      const outgoing = {
        url,
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      } as const
      return parseAnswer('node', schema, await caller.send(operation, () => outgoing, { to: 'node' }))
    },
  }
}

/** An answer as its schema has it. Does not quote it: it may hold personal data. @throws RegistryError `protocol` */
export function parseAnswer<T extends z.ZodType>(
  from: Exclude<Peer, 'client'>,
  schema: T,
  { status, text }: Received,
): z.output<T> {
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) throw protocolFailure(from, status, 'its answer has another shape')
  return parsed.data
}
