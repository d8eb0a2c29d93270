import { createListServer, type ListServer } from '../../node/catalogue/list-server.js'
import { createVerifyRegistration } from '../../node/catalogue/registration.js'
import { createAudit, type Audit } from '../../node/audit/audit.js'
import { createLinkedData } from '../../node/credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../../node/credentials/proofs/verify-proofs.js'
import type { SignaturesAside } from '../../node/credentials/signature-thread.js'
import { createTrust } from '../../node/credentials/trust.js'
import { createCredentialVerifier } from '../../node/credentials/verify-credential.js'
import { createVerifyPresentation } from '../../node/credentials/verify-presentation.js'
import { createReplica, type Replica } from '../../node/discovery/replica.js'
import { createSync, type Sync } from '../../node/discovery/sync.js'
import { createWatch, type Watch } from '../../node/discovery/watch.js'
import { createDidResolver } from '../../node/identity/resolve-did.js'
import type { Clock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import type { Store } from '../../node/stores/contracts.js'
import { createLeases } from '../../node/stores/lease.js'
import type { Country } from './discovery-members.js'

/** What a node needs to host a list and to read one. */
export interface DiscoveryParts {
  readonly listServer: ListServer
  readonly audit: Audit
  readonly replica: Replica
  readonly sync: Sync
  readonly watch: Watch
}

/** Wires the parts as `compose.ts` does; DID documents come from memory. */
export function createDiscoveryParts(options: {
  readonly clock: Clock
  readonly store: Store
  readonly country: Country
  readonly outbound: Pick<Outbound, 'request'>
  /** Whether the list is hosted by this very node. */
  readonly hosts: boolean
  readonly aside?: SignaturesAside | undefined
}): DiscoveryParts {
  const { clock, store, country, outbound, aside } = options
  const resolver = createDidResolver({
    clock,
    methods: {
      web: (did) => {
        const nothing = { didResolutionMetadata: {}, didDocumentMetadata: {} }
        // The resolver checks it itself: its library's type is only in the way here.
        const didDocument = (country.documentOf(did) ?? null) as never
        return Promise.resolve({ ...nothing, didDocument })
      },
    },
    own: () => Promise.resolve(undefined),
  })
  const linkedData = createLinkedData({ examples: false })
  const verifyProofs = createVerifyProofs({ clock, resolver, linkedData })
  const trust = createTrust({ LedenadministratieCredential: [country.issuer.did] })
  const checkStatus = {
    check: () => Promise.resolve(),
    look: () => Promise.reject(new Error('no credential here has a status')),
  }
  const verifier = createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus, aside })
  const credentials = verifier
  const verifyPresentation = createVerifyPresentation({ clock, resolver, linkedData, verifyProofs, credentials, aside })
  const verifyRegistration = createVerifyRegistration({ clock, verifier, verifyPresentation })
  const definitions = [country.definition]
  const services = options.hosts ? [country.definition.id] : []
  const audit = createAudit({ store, clock, node: { name: 'bench', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  const listServer = createListServer({ store, audit, clock, verifyRegistration, definitions, hosted: services })
  const replica = createReplica({ store, clock })
  const sync = createSync({
    clock,
    log: silentLog,
    outbound,
    replica,
    leases: createLeases({ store, clock, log: silentLog }),
    verifyRegistration,
    definitions,
    hosted: { services, page: (service, request) => listServer.page(service, request) },
    rulesOf: () => 'bench',
  })
  return { listServer, audit, replica, sync, watch: createWatch({ clock, log: silentLog, replica, verifier }) }
}
