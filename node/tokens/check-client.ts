import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../kernel/clock.js'
import { copyText } from '../kernel/copy-text.js'
import { NodeError } from '../kernel/errors.js'
import type { PublicUrls } from '../kernel/public-urls.js'
import type { Parties } from '../identity/parties.js'

/** What discovery says changes slowly, and looking it up for each token would cost a read. */
const keepMilliseconds = 10_000

/**
 * Refuses a `client_id` that is known to name somebody else than who presents: another DID, another party of this node, or
 * a party that discovery lists with this URL. One that nothing is known about passes, because no standard says how it
 * goes with a DID; nothing is fetched on the word of who asks.
 * @throws `token.client_mismatch`
 * @see nuts-node v6: `client_id` is the issuer URL of the subject that asks
 */
export type CheckClient = (clientId: string, presenter: string) => Promise<void>

export interface CheckClientDeps {
  readonly clock: Clock
  readonly parties: Pick<Parties, 'findName' | 'issuerUrl'>
  readonly publicUrls: Pick<PublicUrls, 'all'>
  /** The DIDs that discovery lists with this authorization server. */
  readonly listedWith: (authorizationServer: string) => Promise<readonly string[]>
}

export function createCheckClient({ clock, parties, publicUrls, listedWith }: CheckClientDeps): CheckClient {
  const kept = new LRUCache<string, { readonly dids: readonly string[]; readonly until: Instant }>({ max: 5000 })
  const ownPrefixes = publicUrls.all.map((baseUrl) => parties.issuerUrl({ subject: '' }, baseUrl))

  async function listed(clientId: string): Promise<readonly string[]> {
    const found = kept.get(clientId)
    if (found !== undefined && found.until > clock.now()) return found.dids
    // Who lists the URL of another host says nothing about that host.
    const dids = (await listedWith(clientId)).filter((did) => hostOfDid(did) === new URL(clientId).host)
    kept.set(copyText(clientId), { dids, until: clock.now() + keepMilliseconds })
    return dids
  }

  async function isOther(clientId: string, presenter: string): Promise<boolean> {
    if (clientId.startsWith('did:')) return clientId !== presenter
    const ownPrefix = ownPrefixes.find((prefix) => clientId.startsWith(prefix))
    if (ownPrefix !== undefined) return (await parties.findName(clientId.slice(ownPrefix.length)))?.did !== presenter
    if (!URL.canParse(clientId)) return false
    const dids = await listed(clientId)
    return dids.length > 0 && !dids.includes(presenter)
  }

  return async (clientId, presenter) => {
    if (await isOther(clientId, presenter)) throw new NodeError('token.client_mismatch')
  }
}

function hostOfDid(did: string): string | undefined {
  const [, method, host = ''] = did.split(':')
  return method === 'web' ? host.replace(/%3A/i, ':').toLowerCase() : undefined
}
