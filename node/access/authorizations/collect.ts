import type { Wallet } from '../../credentials/wallet.js'
import type { Party } from '../../identity/party.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { CallPeer } from '../../tokens/call-peer.js'
import { parsePeerJson } from '../../tokens/peer.js'
import { givenAuthorizationsSchema } from '../../../schemas/wire/authorizations.js'

/** What came of collecting. */
export interface Collected {
  /** Taken into the wallet. */
  readonly added: number
  /** There already. */
  readonly known: number
  /** Not taken, by the code of why. */
  readonly refused: Readonly<Record<string, number>>
}

/**
 * Fetches what a source of another party gave this one by itself, and takes it into the wallet: each is verified like any
 * other credential, and what does not count is left out and counted.
 * @throws as `CallPeer`; `outbound.bad_answer`
 */
export type CollectAuthorizations = (request: {
  readonly party: Party
  readonly authorizationServer: string
  readonly scope: string
  /** The URL of the source, without what stands behind it for authorizations. */
  readonly source: string
  readonly trace: Trace
}) => Promise<Collected>

/** A source that never ends is no source. */
const maxPages = 1000

export function createCollectAuthorizations(deps: {
  readonly callPeer: CallPeer
  readonly wallet: Pick<Wallet, 'add'>
}): CollectAuthorizations {
  const { callPeer, wallet } = deps
  return async ({ party, authorizationServer, scope, source, trace }) => {
    const url = `${source.replace(/\/graphql$/, '')}/authorizations`
    const refused = new Map<string, number>()
    let [added, known] = [0, 0]
    let after: string | undefined
    for (let page = 0; page < maxPages; page += 1) {
      const response = await callPeer({
        party,
        authorizationServer,
        scope,
        url,
        body: after === undefined ? {} : { after },
        accept: 'application/json',
        trace,
        timeoutMilliseconds: 10_000,
        maxResponseBytes: 4 * 1024 * 1024,
      })
      const answer = givenAuthorizationsSchema.safeParse(parsePeerJson(response.body))
      if (response.status !== 200 || !answer.success)
        throw new NodeError('outbound.bad_answer', { detail: `authorizations: status ${String(response.status)}` })
      for (const credential of answer.data.credentials) {
        const code = await take(party, credential, trace)
        if (code === undefined) added += 1
        else if (code === 'credential.exists') known += 1
        else refused.set(code, (refused.get(code) ?? 0) + 1)
      }
      after = answer.data.next
      if (after === undefined) return { added, known, refused: Object.fromEntries(refused) }
    }
    throw new NodeError('outbound.bad_answer', { detail: 'authorizations without an end' })
  }

  /** The code of why it does not count; `undefined` when it is in the wallet now. */
  async function take(party: Party, credential: string, trace: Trace): Promise<string | undefined> {
    try {
      await wallet.add(party, credential, trace)
      return undefined
    } catch (cause) {
      // What is wrong with one is told; the others go on. A store that is away ends it.
      if (!NodeError.is(cause) || cause.code.startsWith('store.')) throw cause
      return cause.code
    }
  }
}
