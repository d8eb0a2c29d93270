import { z } from 'zod'
import { tokenAnswerSchema } from '../schemas/wire/oauth.js'

/** A party that was found in a discovery service. */
export interface FoundParty {
  readonly did: string
  /** What it says about itself: `authServerURL` and, by name, the addresses of its sources. */
  readonly parameters: Readonly<Record<string, string>>
  /** What its credentials say about it, by the names of the service's definition. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** What a search found, and how fresh that is. */
export interface Found {
  /** RFC 3339; absent when the node has not read the list yet. */
  readonly asOf: string | undefined
  readonly stale: boolean
  readonly parties: readonly FoundParty[]
}

/** An access token for another party's sources. */
export interface AccessToken {
  readonly token: string
  readonly type: string
  readonly expiresInSeconds: number
  /** The id of the key of the party that the token is bound to. */
  readonly keyId?: string
}

/** What a source answered: data, or the errors of a refusal. */
export interface SourceAnswer {
  readonly status: number
  readonly data: unknown
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[]
  readonly extensions: Readonly<Record<string, unknown>>
}

/**
 * A refusal by the application's own node, in its own words, or the lack of an answer: `node-unreachable`,
 * `source-unreachable` and `bad-answer`, with status 0 when nothing was answered.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly status: number
  /** Stable, for programs: for example `no-matching-credential`. */
  readonly code: string
  /** What was missing or wrong, for people. */
  readonly reasons: readonly string[]

  constructor(
    status: number,
    code: string,
    message: string,
    reasons: readonly string[] = [],
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options)
    this.status = status
    this.code = code
    this.reasons = reasons
  }
}

/** What an application does in the network. It asks its own node for parties and tokens and holds no keys. */
export interface RegistryClient {
  /** Finds parties by conditions such as `credentialSubject.organization.role`. @throws RegistryError */
  find(service: string, conditions: Readonly<Record<string, string>>): Promise<Found>
  /**
   * Gets a token for a scope of another party: bound to a key of the own party where the other offers that. The node
   * keeps tokens; `fresh` gets a new one, for who was refused with the old.
   * @throws RegistryError with the other party's words
   */
  requestToken(authorizationServer: string, scope: string, options?: { readonly fresh?: boolean }): Promise<AccessToken>
  /**
   * Sends a GraphQL query to a source, with a proof by the own node when the token is bound to a key. A refusal by the
   * source is an answer, not an exception. Follows no redirect: the token and the question are for this source.
   * @throws RegistryError when the source does not answer, or not as a GraphQL source does
   */
  query(
    url: string,
    token: AccessToken,
    query: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<SourceAnswer>
}

const listingsSchema = z.looseObject({
  asOf: z.string().optional(),
  stale: z.boolean(),
  listings: z.array(
    z.looseObject({
      did: z.string(),
      parameters: z.record(z.string(), z.string()),
      fields: z.record(z.string(), z.unknown()),
    }),
  ),
})

const proofSchema = z.looseObject({ dpop: z.string() })

const problemSchema = z.looseObject({
  title: z.string(),
  code: z.string().default('unknown'),
  errors: z.array(z.string()).default([]),
})

const answerSchema = z
  .looseObject({
    data: z.unknown().optional(),
    errors: z
      .array(z.looseObject({ message: z.string(), extensions: z.record(z.string(), z.unknown()).default({}) }))
      .default([]),
    extensions: z.record(z.string(), z.unknown()).default({}),
  })
  .refine(({ data, errors }) => data !== undefined || errors.length > 0, 'neither data nor errors')

/**
 * Makes a client of one party's node.
 *
 * @param options.nodeUrl the internal URL of the node
 * @param options.subject the party's local name
 * @param options.timeoutSeconds how long one call may take, 30 unless given
 */
export function createRegistryClient(options: {
  readonly nodeUrl: string
  readonly subject: string
  readonly timeoutSeconds?: number
}): RegistryClient {
  const nodeUrl = options.nodeUrl.replace(/\/+$/, '')
  const timeoutMilliseconds = (options.timeoutSeconds ?? 30) * 1000

  async function call(what: 'node' | 'source', url: string, init: RequestInit): Promise<Received> {
    let response: Response
    let text: string
    try {
      response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(timeoutMilliseconds) })
      text = await response.text()
    } catch (cause) {
      throw new RegistryError(0, `${what}-unreachable`, `The ${what} did not answer.`, [], { cause })
    }
    const { status, ok, headers } = response
    return { status, ok, body: parseJson(text), nonce: headers.get('dpop-nonce') ?? undefined }
  }

  async function ask<T extends z.ZodType>(path: string, schema: T, init: RequestInit = {}): Promise<z.output<T>> {
    const { status, ok, body } = await call('node', `${nodeUrl}${path}`, init)
    if (ok) return parseAnswer(schema, status, body)
    const problem = problemSchema.safeParse(body)
    if (!problem.success) throw new RegistryError(status, 'unknown', 'The node answered with an error.')
    throw new RegistryError(status, problem.data.code, problem.data.title, problem.data.errors)
  }

  async function prove(
    keyId: string,
    request: { readonly htu: string; readonly token: string; readonly nonce: string | undefined },
  ): Promise<string> {
    const answer = await ask(`/internal/auth/v2/dpop/${encodeURIComponent(keyId)}`, proofSchema, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ htm: 'POST', ...request }),
    })
    return answer.dpop
  }

  return {
    async find(service, conditions) {
      const parameters = new URLSearchParams(conditions).toString()
      const path = `/internal/bronnet/v1/discovery/${encodeURIComponent(service)}/listings?${parameters}`
      const { asOf, stale, listings } = await ask(path, listingsSchema)
      return { asOf, stale, parties: listings }
    },
    async requestToken(authorizationServer, scope, { fresh = false } = {}) {
      const path = `/internal/auth/v2/${encodeURIComponent(options.subject)}/request-service-access-token`
      const answer = await ask(path, tokenAnswerSchema, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(fresh ? { 'cache-control': 'no-cache' } : {}) },
        body: JSON.stringify({ authorization_server: authorizationServer, scope }),
      })
      const { access_token: token, token_type: type, expires_in: expiresInSeconds, dpop_kid: keyId } = answer
      return { token, type, expiresInSeconds, ...(keyId === undefined ? {} : { keyId }) }
    },
    async query(url, token, query, variables) {
      const body = JSON.stringify({ query, variables })
      const ask = async (nonce?: string): Promise<Received> =>
        call('source', url, {
          method: 'POST',
          headers: {
            accept: 'application/graphql-response+json, application/json;q=0.9',
            authorization: `${token.type} ${token.token}`,
            'content-type': 'application/json',
            ...(token.keyId === undefined
              ? {}
              : { dpop: await prove(token.keyId, { htu: url, token: token.token, nonce }) }),
          },
          body,
        })
      let answer = await ask()
      // A source that wants its own nonce says which; whatever else it refuses is the answer.
      if (answer.status === 401 && answer.nonce !== undefined && token.keyId !== undefined)
        answer = await ask(answer.nonce)
      const { data, errors, extensions } = parseAnswer(answerSchema, answer.status, answer.body)
      return { status: answer.status, data, errors, extensions }
    },
  }
}

interface Received {
  readonly status: number
  readonly ok: boolean
  /** `undefined` when it is not JSON. */
  readonly body: unknown
  /** What the source wants in the next proof. */
  readonly nonce: string | undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No answer of a node or source: the schema that it is held against says so.
    return undefined
  }
}

/** Does not quote the answer: it may hold personal data. */
function parseAnswer<T extends z.ZodType>(schema: T, status: number, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new RegistryError(status, 'bad-answer', 'The answer is not as the interface promises.')
  return parsed.data
}
