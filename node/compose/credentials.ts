import type { Audit } from '../audit/audit.js'
import { createIssuer } from '../credentials/issue.js'
import { createPresent } from '../credentials/present.js'
import { createPresentObject } from '../credentials/present-object.js'
import { createCheckStatus } from '../credentials/status/check-status.js'
import { createSignList } from '../credentials/status/sign-list.js'
import { createStatusLists } from '../credentials/status/status-lists.js'
import { createLinkedData } from '../credentials/proofs/linked-data.js'
import { createVerifyProofs } from '../credentials/proofs/verify-proofs.js'
import { createSignatureThread, findSignatureWorker } from '../credentials/signature-thread.js'
import { createTrust } from '../credentials/trust.js'
import { createVcApi } from '../credentials/vc-api/vc-api.js'
import { createCredentialVerifier } from '../credentials/verify-credential.js'
import { createVerifyPresentation } from '../credentials/verify-presentation.js'
import { createWallet } from '../credentials/wallet.js'
import { credentialStatusRoutes } from '../http/routes/credential-status.js'
import { issuerRoutes } from '../http/routes/issuer.js'
import { presenterRoutes } from '../http/routes/presenter.js'
import { vcApiRoutes } from '../http/routes/vc-api.js'
import { verifierRoutes } from '../http/routes/verifier.js'
import type { Parties } from '../identity/parties.js'
import type { DidResolver } from '../identity/resolve-did.js'
import type { Clock, Instant } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What the parties of a node say and show, and how what others say is verified: a part of `compose.ts`. */
export function createCredentialParts(deps: {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock: Clock
  readonly url: string
  readonly store: Store
  readonly outbound: Outbound
  readonly audit: Audit
  readonly parties: Parties
  readonly resolver: DidResolver
  /** When the store was last restored; 0 for never. */
  readonly restoredAt: Instant
}) {
  const { configuration, log, clock, url, store, outbound, audit, parties, resolver, restoredAt } = deps
  const trust = createTrust(configuration.trust)
  const checkStatus = createCheckStatus({ clock, log, store, outbound, url })
  const linkedData = createLinkedData({ examples: false })
  const verifyProofs = createVerifyProofs({ clock, resolver, linkedData })
  const signatureWorker = findSignatureWorker()
  const aside = signatureWorker === undefined ? undefined : createSignatureThread({ entry: signatureWorker })
  const verifier = createCredentialVerifier({ clock, resolver, verifyProofs, trust, checkStatus, aside })
  const verifyPresentation = createVerifyPresentation({
    clock,
    resolver,
    linkedData,
    verifyProofs,
    credentials: verifier,
    aside,
  })
  const signList = createSignList({ parties, linkedData })
  const statusLists = createStatusLists({ store, audit, clock, parties, url, signList, restoredAt })
  const vcApi = createVcApi({
    store,
    audit,
    clock,
    parties,
    resolver,
    statusLists,
    verifier,
    conformance: configuration.conformance,
  })
  const issuer = createIssuer({ store, audit, clock, parties, statusLists, linkedData })
  const wallet = createWallet({ store, audit, clock, verifier })
  const present = createPresent({ clock, parties })
  const presentObject = createPresentObject({ clock, parties, linkedData })
  return {
    trust,
    verifier,
    verifyPresentation,
    statusLists,
    issuer,
    wallet,
    present,
    presentObject,
    /** Ends the thread that checks signatures. */
    endAside: async () => aside?.close(),
    /** For applications and administrators; those of the wallet need the tokens too. */
    credentialRoutes: [
      ...credentialStatusRoutes({ parties, statusLists }),
      ...issuerRoutes({ issuer, parties, statusLists }),
      ...verifierRoutes({ verifier, verifyPresentation, trust, clock }),
      ...presenterRoutes({ present, presentObject, verifier, clock, audit, parties }),
      ...vcApiRoutes(vcApi),
    ],
  }
}
