import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import type { Present } from '../credentials/present.js'
import type { PresentObject } from '../credentials/present-object.js'
import type { CredentialVerifier } from '../credentials/verify-credential.js'
import type { VerifyPresentation } from '../credentials/verify-presentation.js'
import type { Wallet } from '../credentials/wallet.js'
import type { KeyStore } from '../identity/key-store.js'
import type { Parties } from '../identity/parties.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { PublicUrls } from '../kernel/public-urls.js'
import type { Trace } from '../kernel/trace.js'
import type { Profiles } from '../policy/profiles.js'
import type { Store } from '../stores/contracts.js'
import { createAuthenticate } from '../tokens/authenticate.js'
import { createCallPeer } from '../tokens/call-peer.js'
import { createCheckClient } from '../tokens/check-client.js'
import { createCheckGateway } from '../tokens/check-gateway.js'
import { createDpop } from '../tokens/dpop.js'
import { createStateEntity } from '../tokens/entity-statement.js'
import type { Epoch } from '../tokens/epoch.js'
import { createTokenStore } from '../tokens/token-store.js'
import { createGrantScopes } from '../tokens/grant-scopes.js'
import { createGrantToken } from '../tokens/grant-token.js'
import { createIntrospect } from '../tokens/introspect.js'
import { createPeerReader } from '../tokens/peer.js'
import { createPresentInForm } from '../tokens/present-in-form.js'
import { createProve, createValidateProof } from '../tokens/prove.js'
import { createRequestToken } from '../tokens/request-token.js'
import { createRevoke } from '../tokens/revoke.js'
import { createCachedRequestToken } from '../tokens/token-cache.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What the tokens need of the rest of the node. */
export interface ComposeTokensDeps {
  readonly configuration: Configuration
  readonly store: Store
  readonly clock: Clock
  readonly audit: Audit
  readonly outbound: Outbound
  readonly keyStore: Pick<KeyStore, 'secretFor'>
  readonly parties: Parties
  readonly publicUrls: PublicUrls
  readonly verifier: CredentialVerifier
  readonly verifyPresentation: VerifyPresentation
  readonly wallet: Wallet
  readonly present: Present
  readonly presentObject: PresentObject
  readonly servedSources: ServedSources
  /** What may be asked of a party, of its sources and beside them. */
  readonly profilesOf: (subject: string) => Profiles
  readonly epoch: Epoch
  /** Who discovery lists with an authorization server. */
  readonly listedWith: (authorizationServer: string) => Promise<readonly string[]>
}

/**
 * The part of `compose.ts` that builds the tokens, in both roles.
 * @throws `config.invalid` for a pack that wants a decision point where none is set
 */
export function composeTokens(deps: ComposeTokensDeps) {
  const { configuration, keyStore, profilesOf } = deps
  const { lifetimeSeconds, keepPresentations, dpopNonce } = configuration.tokens
  const tokenStore = createTokenStore(deps)
  const dpop = createDpop({ ...deps, nonceKey: dpopNonce ? keyStore.secretFor('dpop nonces') : undefined })
  checkDecisionPoint(deps)
  const grantScopes = createGrantScopes({ ...deps, decisionPoint: configuration.policies.decisionPoint })
  const prove = createProve(deps)
  const authenticate = createAuthenticate({ tokenStore, dpop })
  const peer = createPeerReader(deps)
  const requestToken = createCachedRequestToken({
    ...deps,
    requestToken: createRequestToken({ ...deps, present: createPresentInForm(deps), prove, peer }),
  })
  return {
    tokenStore,
    dpop,
    /** What the authorization server of another party asks for a scope. */
    definitionOf: async (authorizationServer: string, scope: string, trace: Trace) =>
      peer.definition(await peer.metadata(authorizationServer, trace), scope, trace),
    /** The token endpoint of the authorization server of another party. */
    tokenEndpointOf: async (authorizationServer: string, trace: Trace) =>
      (await peer.metadata(authorizationServer, trace)).token_endpoint,
    profilesOf,
    stateEntity: createStateEntity(deps),
    authenticate,
    checkGateway: createCheckGateway({ ...deps, authenticate }),
    grantToken: createGrantToken({
      ...deps,
      tokenStore,
      dpop,
      profilesOf,
      grantScopes,
      checkClient: createCheckClient(deps),
      lifetimeSeconds,
      keepPresentations,
    }),
    introspect: createIntrospect({ ...deps, tokenStore, profilesOf }),
    revoke: createRevoke({ ...deps, tokenStore }),
    prove,
    validateProof: createValidateProof({ ...deps, dpop }),
    requestToken,
    /** Posts to an endpoint of another party, with a token for it. */
    callPeer: createCallPeer({ ...deps, requestToken, prove }),
  }
}

function checkDecisionPoint({ configuration, servedSources }: ComposeTokensDeps): void {
  if (configuration.policies.decisionPoint !== undefined) return
  for (const { subject } of configuration.parties) {
    const profiles = servedSources.profilesOf(subject)
    const scope = profiles.scopes.find((name) => profiles.get(name).scopePolicy === 'dynamic')
    if (scope !== undefined)
      throw new NodeError('config.invalid', { notes: [`policies.decisionPoint: is needed for the scope ${scope}`] })
  }
}
