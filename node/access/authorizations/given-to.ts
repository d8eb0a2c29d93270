import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import type { Store } from '../../stores/contracts.js'
import { actorsOf } from '../../tokens/actors.js'
import { TokenGrant } from '../../tokens/token-store.js'
import { givenAuthorizations, placeOf } from './records.js'

/** A page of what a source gave by itself to who asks. */
export interface GivenPage {
  /** As they left: compact JWTs. */
  readonly credentials: readonly string[]
  /** Where the next page begins; absent after the last. */
  readonly next?: string
}

const pageSize = 100

/**
 * Hands the holder of a token what the source gave its party by itself, as far as it has not ended, and to nobody else:
 * the token says who asks. The journal has it before it leaves.
 * @throws `token.invalid` for what is no grant of the party, `audit.unavailable`, `store.bad_input` for a page that is none
 */
export type FindGiven = (request: {
  readonly party: string
  readonly source: string
  readonly grant: TokenGrant
  readonly after?: string | undefined
  readonly trace: Trace
}) => Promise<GivenPage>

export function createFindGiven(deps: {
  readonly store: Pick<Store, 'records'>
  readonly audit: Audit
  readonly clock: Clock
}): FindGiven {
  const { store, audit, clock } = deps
  return async ({ party, source, grant, after, trace }) => {
    if (!TokenGrant.is(grant) || grant.record.party !== party) throw new NodeError('token.invalid')
    const page = await store.records.list(givenAuthorizations, {
      index: { name: 'place', value: placeOf(party, source, grant.record.requester) },
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    })
    const now = clock.now()
    const credentials = page.items.flatMap(({ value }) =>
      (value.credentials.at(-1)?.expiresAt ?? 0) > now ? [value.raw] : [],
    )
    await audit.record({
      code: 'credential.collected',
      action: 'read',
      outcome: 'success',
      party,
      ...actorsOf(grant.record),
      object: { source, credentialType: 'AutorisatieCredential', recordCount: credentials.length },
      trace,
    })
    return { credentials, ...(page.next === undefined ? {} : { next: page.next }) }
  }
}
