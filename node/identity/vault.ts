import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { NodeError } from '../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import type { Outbound, OutboundAnswer } from '../kernel/outbound.js'
import { Secret } from '../kernel/secret.js'

/** A call to the HTTP API of Vault. */
export interface VaultCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Parts below `/v1`, not encoded. */
  readonly path: readonly string[]
  readonly query?: string
  readonly body?: unknown
}

/** What Vault answered: 2xx, 400 or 404. */
export interface VaultAnswer {
  readonly status: number
  /** The member `data`; an empty object when there is none. */
  readonly data: Readonly<Record<string, unknown>>
}

/** One Vault, reached with one token. */
export interface Vault {
  /** @throws `identity.key_store_closed` when Vault cannot be reached, is sealed, or does not accept the token */
  call(request: VaultCall): Promise<VaultAnswer>
}

/** Where Vault is and how it is entered. */
export interface VaultSettings {
  /** Its base URL, without `/v1`. */
  readonly address: string
  /** The file that holds the token; it is read again when Vault no longer accepts what was in it. */
  readonly tokenFile: string
  readonly namespace?: string | undefined
}

const answerSchema = z.looseObject({ data: z.record(z.string(), z.unknown()).nullish() })

/**
 * Enters Vault: reads the token and looks whether Vault accepts it. Does not renew it: Vault's own agent does that and
 * writes the file.
 * @throws `identity.key_store_closed` with a note for the operator
 * @see HashiCorp Vault HTTP API
 */
export async function openVault({
  outbound,
  address,
  tokenFile,
  namespace,
}: VaultSettings & { readonly outbound: Outbound }): Promise<Vault> {
  let token = await readToken(tokenFile)

  function send({ method, path, query, body }: VaultCall): Promise<OutboundAnswer> {
    const url = [address.replace(/\/+$/, ''), 'v1', ...path.map(encodeURIComponent)].join('/')
    return outbound
      .request({
        method,
        url: query === undefined ? url : `${url}?${query}`,
        headers: {
          'x-vault-token': token.reveal(),
          'x-vault-request': 'true',
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        accept: 'application/json',
      })
      .catch((cause: unknown) => {
        throw closed(`Vault cannot be reached (${NodeError.codeOf(cause)})`, cause)
      })
  }

  async function call(request: VaultCall): Promise<VaultAnswer> {
    let answer = await send(request)
    if (answer.status === 403) {
      // The agent may have written a new token since.
      const renewed = await readToken(tokenFile)
      if (renewed.reveal() !== token.reveal()) {
        token = renewed
        answer = await send(request)
      }
    }
    const { status } = answer
    if (status === 400 || status === 404) return { status, data: {} }
    if (status < 200 || status > 299) throw closed(refusalOf(status))
    return { status, data: answer.body.length === 0 ? {} : parseData(answer.body) }
  }

  if ((await call({ method: 'GET', path: ['auth', 'token', 'lookup-self'] })).status !== 200) {
    throw closed('what answers there is not Vault')
  }
  return { call }
}

async function readToken(file: string): Promise<Secret> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw closed('the token file cannot be read (keys.vault.tokenFile)', cause)
  })
  // What no header can hold is refused here: the error of the HTTP client would show it.
  if (!/^[\x21-\x7e]+\s*$/.test(text)) throw closed('the token file does not hold one token (keys.vault.tokenFile)')
  return Secret.of(text.trimEnd())
}

function parseData(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return answerSchema.parse(parseGuardedJson(decodeUtf8(body))).data ?? {}
  } catch (cause) {
    throw closed('Vault answered in another form than its interface promises', cause)
  }
}

/** @see HashiCorp Vault HTTP API, status codes; 472 and 473 are standby nodes of a cluster */
function refusalOf(status: number): string {
  if (status === 403) return 'Vault refuses the token or what it may do (keys.vault.tokenFile and its policy)'
  if (status === 503) return 'Vault is sealed or in maintenance'
  if (status === 307 || status === 429 || status === 472 || status === 473) {
    return 'Vault answers as a standby node: name the active one in keys.vault.address'
  }
  return `Vault failed with status ${String(status)}`
}

/** What Vault itself says is not repeated: its answers can hold keys. */
export function closed(what: string, cause?: unknown): NodeError {
  return new NodeError('identity.key_store_closed', { cause, detail: what })
}
