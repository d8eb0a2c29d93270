import { createAskFact } from '../access/ask-fact.js'
import { createDecideBySource } from '../access/decide-by-source.js'
import { createDecisionPoint } from '../access/decision-point.js'
import { createFindPlaces, type FactPlacesDeps } from '../access/fact-places.js'
import { createExplainRead } from '../access/explain-read.js'
import { createReloadPacks } from '../access/reload-packs.js'
import { createRequireUsefulStatement } from '../access/require-useful-statement.js'
import { createServeRead } from '../access/serve-read.js'
import type { ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import { authzenRoutes } from '../http/routes/authzen.js'
import { consentRoutes } from '../http/routes/consents.js'
import { policyRoutes } from '../http/routes/policy.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Parties } from '../identity/parties.js'
import { packageFile } from '../kernel/package-root.js'
import { decideConsent } from '../policy/consent.js'
import { createDecide, type Decide } from '../policy/decide.js'
import { createEntityPolicy } from '../policy/entities.js'
import { loadPublishedMessages } from '../policy/published-messages.js'
import { readEntityPacks } from '../policy/pack.js'
import { createConsents } from '../sources/consents/consents.js'
import type { Store } from '../stores/contracts.js'
import type { Configuration } from '../../schemas/configuration.js'

/** What deciding needs of the rest of the node. */
export interface ComposePolicyDeps extends Omit<FactPlacesDeps, 'servedSources' | 'parties'> {
  readonly configuration: Configuration
  readonly store: Store
  readonly parties: Parties
  readonly audit: Audit
  readonly outbound: Outbound
  readonly servedSources: ServedSources
  /** Times decisions. */
  readonly observeDecide: (decide: Decide) => Decide
  /** Publishes the catalogues anew, as the packs are now. */
  readonly republish: () => Promise<void>
}

/** The directory of the packs: the operator's, or those that are shipped. */
export function policiesDirectory({ policies }: Configuration): string {
  return policies.directory ?? packageFile('policies')
}

/**
 * The part of `compose.ts` that decides: the rules with the facts and the consent that they need, the guarded read, and the decision point
 * for others.
 * @throws `policy.pack_invalid`
 */
export async function composePolicy(deps: ComposePolicyDeps) {
  const { configuration, audit, clock, outbound, servedSources } = deps
  const askFact = createAskFact({ audit, clock, findPlaces: createFindPlaces(deps) })
  const consents = createConsents(deps)
  const decideHere = createDecide({
    packFor: (party, source) => servedSources.find(party, source)?.pack,
    askFact,
    askConsent: async (question) =>
      decideConsent(await consents.statementsOf(question.party, question.person), question),
  })
  const decide = deps.observeDecide(createDecideBySource({ outbound, servedSources, decide: decideHere }))
  const entities = createEntityPolicy(await readEntityPacks(policiesDirectory(configuration)))
  const decisionPoint = createDecisionPoint({ clock, decide: decideHere, servedSources, entities })
  return {
    serveRead: createServeRead({ audit, clock, decide, profilesOf: (party) => servedSources.profilesOf(party) }),
    publishedMessages: loadPublishedMessages(),
    policyRoutes: [
      ...authzenRoutes({ url: decisionPointUrl(configuration), decisionPoint, entities, servedSources }),
      ...consentRoutes({ ...deps, consents, requireUsefulStatement: createRequireUsefulStatement(servedSources) }),
      ...policyRoutes({
        explainRead: createExplainRead({ clock, servedSources }),
        reloadPacks: createReloadPacks({ audit, servedSources, afterwards: deps.republish }),
      }),
    ],
  }
}

/** Where applications find the decision point: as the operator says, or on the internal listener. */
function decisionPointUrl({ policies, http: { internal } }: Configuration): string {
  return (policies.url ?? `http://${internal.host}:${String(internal.port)}`).replace(/\/+$/, '')
}
