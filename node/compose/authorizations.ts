import { createCollectAuthorizations } from '../access/authorizations/collect.js'
import { readHolders } from '../access/authorizations/find-holders.js'
import { createFindGiven } from '../access/authorizations/given-to.js'
import { createGiveDue, type GiveDue } from '../access/authorizations/give-due.js'
import { createNoteDue } from '../access/authorizations/note-due.js'
import type { OnRegisterChange, ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { Issuer } from '../credentials/issue.js'
import type { StatusLists } from '../credentials/status/status-lists.js'
import type { Wallet } from '../credentials/wallet.js'
import type { Listing } from '../discovery/listing.js'
import type { Route } from '../http/exchange.js'
import { collectRoutes, givenAuthorizationRoutes } from '../http/routes/authorizations.js'
import type { Parties } from '../identity/parties.js'
import type { Background } from '../kernel/background.js'
import type { Clock } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Store } from '../stores/contracts.js'
import type { Leases } from '../stores/lease.js'
import type { Authenticate } from '../tokens/authenticate.js'
import type { CallPeer } from '../tokens/call-peer.js'
import type { Dpop } from '../tokens/dpop.js'
import type { Configuration } from '../../schemas/configuration.js'
import type { PackData } from '../../schemas/pack.js'

export interface ComposeAuthorizationsDeps {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock: Clock
  readonly store: Store
  readonly leases: Leases
  readonly audit: Audit
  readonly parties: Parties
  readonly issuer: Issuer
  readonly statusLists: StatusLists
  readonly wallet: Wallet
  readonly servedSources: ServedSources
  readonly services: readonly string[]
  readonly listings: (service: string) => AsyncIterable<Listing>
  readonly authenticate: Authenticate
  readonly dpop: Dpop
  readonly callPeer: CallPeer
  readonly requireConfirmed: () => Promise<void>
}

const giveEveryMilliseconds = 3_000
const lookAgainEveryMilliseconds = 300_000

/** The pack of a source that gives authorizations by itself; `undefined` for any other. */
function findGivingPack(
  configuration: Configuration,
  findSources: () => Pick<ServedSources, 'find'>,
): (party: string, source: string) => PackData | undefined {
  const giving = new Set(
    configuration.parties.flatMap(({ subject, sources }) =>
      sources.flatMap(({ name, authorizations }) => (authorizations === true ? [`${subject} ${name}`] : [])),
    ),
  )
  return (party, source) =>
    giving.has(`${party} ${source}`) ? findSources().find(party, source)?.published.pack : undefined
}

/** Notes what is due with the changes of registers, which change only when they are open. */
export function createNoteAuthorizations(
  configuration: Configuration,
  findSources: () => Pick<ServedSources, 'find'>,
): OnRegisterChange {
  const findPack = findGivingPack(configuration, findSources)
  return createNoteDue((party, source) => findPack(party, source)?.authorizations ?? [])
}

/** The part of `compose.ts` that gives authorizations without anybody asking, and fetches those that others give. */
export function composeAuthorizations(deps: ComposeAuthorizationsDeps) {
  const { configuration, clock, leases, servedSources } = deps
  const giveDue = createGiveDue({
    ...deps,
    findPack: findGivingPack(configuration, () => servedSources),
    readHolders: () => readHolders({ ...deps, now: clock.now() }),
  })
  const isGiving = configuration.parties.some(({ sources }) =>
    sources.some(({ authorizations }) => authorizations === true),
  )
  const give = (which: Parameters<GiveDue>[1]) => async (signal: AbortSignal) => {
    await deps.requireConfirmed()
    // Of the replicas one at a time; what the others would do, it does.
    await leases.attempt(['authorizations', which], (lease) => giveDue(AbortSignal.any([signal, lease.signal]), which))
  }
  const publicRoutes: readonly Route[] = isGiving
    ? givenAuthorizationRoutes({ ...deps, findGiven: createFindGiven(deps) })
    : []
  return {
    publicRoutes,
    internalRoutes: collectRoutes({ ...deps, collect: createCollectAuthorizations(deps) }),
    start(background: Background): void {
      if (!isGiving) return
      background.every({
        job: 'authorizations',
        intervalMilliseconds: giveEveryMilliseconds,
        atOnce: true,
        run: give('new'),
      })
      background.every({
        job: 'authorizations that wait',
        intervalMilliseconds: lookAgainEveryMilliseconds,
        run: give('waiting'),
      })
    },
  }
}
