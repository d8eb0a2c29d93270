import type { ServedSources } from '../access/served-sources.js'
import { announceServices } from '../catalogue/announce.js'
import type { Trust } from '../credentials/trust.js'
import type { Wallet } from '../credentials/wallet.js'
import { cloudEventsPath, netwerkpuntPath } from '../http/routes/netwerkpunt.js'
import type { Parties } from '../identity/parties.js'
import type { PartyServices } from '../identity/party-services.js'
import type { PublicUrls } from '../kernel/public-urls.js'
import { createFindMemberships, type Membership } from '../notifications/memberships.js'
import { createNetwerkpuntProfiles, type NetwerkpuntProfiles } from '../notifications/netwerkpunt-profiles.js'
import { createProfiles, type Profiles } from '../policy/profiles.js'
import type { Configuration } from '../../schemas/configuration.js'
import type { PartyNotifications } from '../../schemas/netwerkpunt/settings.js'
import type { SourceFace } from '../../schemas/source-face.js'

/** The function under which a netwerkpunt is found, in discovery and in DID documents. */
export const netwerkpuntFunction = 'netwerkpunt'

export interface ComposeNetwerkpuntDeps {
  readonly configuration: Configuration
  readonly publicUrls: PublicUrls
  readonly parties: Parties
  readonly partyServices: PartyServices
  readonly trust: Trust
  readonly wallet: Wallet
  readonly servedSources: Pick<ServedSources, 'profilesOf'>
}

/**
 * The part of `compose.ts` that says which parties can be sent messages, where, and what who sends them must show: the tokens
 * and discovery need to know before there is anything that takes messages in.
 * @throws `policy.pack_invalid`
 */
export async function composeNetwerkpunt(deps: ComposeNetwerkpuntDeps) {
  const { configuration, publicUrls, parties, servedSources } = deps
  const settings = new Map<string, PartyNotifications>()
  const profiles = new Map<string, NetwerkpuntProfiles>()
  for (const { subject, notifications } of configuration.parties) {
    if (notifications === undefined) continue
    const { did } = await parties.get(subject)
    settings.set(subject, notifications)
    profiles.set(subject, createNetwerkpuntProfiles({ did, trust: deps.trust }))
  }
  const { findMemberships, roleOf } = rememberRoles(createFindMemberships(deps))
  await Promise.all([...settings.keys()].map(findMemberships))

  const url = publicUrls.https ?? publicUrls.url
  const announced = { parties, partyServices: deps.partyServices, baseUrls: publicUrls.all }
  const at = (address: (subject: string) => string) =>
    new Map([...settings.keys()].map((subject) => [subject, address(subject)]))
  await announceServices({
    ...announced,
    type: netwerkpuntFunction,
    endpoints: at((subject) => `${url}${netwerkpuntPath(subject)}`),
  })
  await announceServices({
    ...announced,
    type: 'oauth',
    endpoints: at((subject) => parties.issuerUrl({ subject }, url)),
  })

  const own = (subject: string): Profiles =>
    createProfiles([{ profiles: profiles.get(subject)?.(roleOf(subject)) ?? [] }])
  const joined = new WeakMap<Profiles, { readonly role: string | undefined; readonly profiles: Profiles }>()
  return {
    subjects: [...settings.keys()],
    settingsOf: (subject: string) => settings.get(subject),
    /** How the netwerkpunt of a party answers. Its schema is public, so there is nothing to introspect. */
    faceOf: (subject: string): SourceFace | undefined => {
      const own = settings.get(subject)
      return own && { statuses: own.statuses, graphql: { ...own.graphql, introspection: false } }
    },
    findMemberships,
    /** The scopes that the netwerkpunt of a party grants. */
    scopesOf: (subject: string) => own(subject).scopes,
    /** Every credential profile of a party: of its sources and of its netwerkpunt. */
    profilesOf: (subject: string): Profiles => {
      const ofSources = servedSources.profilesOf(subject)
      const mine = profiles.get(subject)
      if (mine === undefined) return ofSources
      const role = roleOf(subject)
      const known = joined.get(ofSources)
      if (known?.role === role && known !== undefined) return known.profiles
      const all = createProfiles([{ profiles: ofSources.all }, { profiles: mine(role) }])
      // What serves nothing is one and the same for all parties.
      if (ofSources.all.length > 0) joined.set(ofSources, { role, profiles: all })
      return all
    },
    /** The profiles of the netwerkpunt that has this address, when it is that of the party. */
    profilesAt: (subject: string, address: string): Profiles | undefined =>
      settings.has(subject) &&
      [netwerkpuntPath(subject), cloudEventsPath(subject)].some((path) =>
        publicUrls.all.some((base) => `${base}${path}` === address),
      )
        ? own(subject)
        : undefined,
    /** What a listing says of the netwerkpunt of a party. */
    listingOf: (subject: string): Readonly<Record<string, string>> =>
      settings.has(subject) ? { [netwerkpuntFunction]: `${publicUrls.url}${netwerkpuntPath(subject)}` } : {},
  }
}

/** The role of each party as it was last seen; the scopes of a party are asked for where nothing can be waited for. */
function rememberRoles(findMemberships: (subject: string) => Promise<readonly Membership[]>) {
  const roles = new Map<string, Membership['role'] | undefined>()
  return {
    roleOf: (subject: string) => roles.get(subject),
    findMemberships: async (subject: string): Promise<readonly Membership[]> => {
      const memberships = await findMemberships(subject)
      const [role, ...others] = new Set(memberships.map((membership) => membership.role))
      roles.set(subject, others.length === 0 ? role : undefined)
      return memberships
    },
  }
}
