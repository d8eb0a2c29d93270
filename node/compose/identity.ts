import type { Audit } from '../audit/audit.js'
import { resolveDidJwk } from '../identity/did-jwk.js'
import { resolveDidKey } from '../identity/did-key.js'
import { createDidWeb } from '../identity/did-web.js'
import { createDidX509 } from '../identity/did-x509.js'
import { didResolverRoutes } from '../http/routes/did-resolver.js'
import { keyRoutes } from '../http/routes/keys.js'
import { serviceRoutes } from '../http/routes/services.js'
import { subjectRoutes } from '../http/routes/subjects.js'
import type { KeyStore } from '../identity/key-store.js'
import { createParties } from '../identity/parties.js'
import { createPartyKeys } from '../identity/party-keys.js'
import { createPartyServices } from '../identity/party-services.js'
import { createDidResolver } from '../identity/resolve-did.js'
import { createRevocations } from '../identity/x509-revocation.js'
import type { Clock } from '../kernel/clock.js'
import type { Outbound } from '../kernel/outbound.js'
import { plainHttpFor } from '../resources.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'

/** Whom a node speaks for, with their keys, and how it finds the keys of others: a part of `compose.ts`. */
export function createIdentityParts(deps: {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly url: string
  readonly store: Store
  readonly outbound: Outbound
  /** For what is signed itself and so may come over http. */
  readonly signedOutbound: Outbound
  readonly keyStore: KeyStore
  readonly audit: Audit
}) {
  const { configuration, clock, url, store, outbound, signedOutbound, keyStore, audit } = deps
  const parties = createParties({ store, keyStore, audit, clock, url })
  const revocations = createRevocations({ outbound: signedOutbound, clock, mustKnow: configuration.strictmode })
  const partyKeys = createPartyKeys({ store, keyStore, audit, clock, parties })
  const partyServices = createPartyServices({ store, audit })
  const resolver = createDidResolver({
    clock,
    methods: {
      web: createDidWeb({ outbound, plainHttp: plainHttpFor(configuration) }),
      key: resolveDidKey,
      jwk: resolveDidJwk,
    },
    chainedMethods: { x509: createDidX509({ clock, revocations }) },
    own: (did) => parties.resolve(did),
  })
  return {
    parties,
    revocations,
    partyKeys,
    partyServices,
    resolver,
    /** For administrators. */
    identityRoutes: [
      ...subjectRoutes({ parties, resolver }),
      ...serviceRoutes({ parties, partyServices }),
      ...keyRoutes({ partyKeys }),
      ...didResolverRoutes({ resolver }),
    ],
  }
}
