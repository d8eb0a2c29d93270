import { isDeepStrictEqual } from 'node:util'
import type { ServedSource, ServedSources } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import { announceServices, catalogServiceType } from '../catalogue/announce.js'
import type { CatalogueContents, DescribedSource } from '../catalogue/build-document.js'
import { catalogueHeads, type CatalogueVersion } from '../catalogue/catalogue-records.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import { describeList } from '../catalogue/describe-list.js'
import { listPurposes } from '../catalogue/offer.js'
import type { OfferedEvent } from '../catalogue/offered-event.js'
import { createFindPart } from '../catalogue/parts.js'
import { createProveCatalogue } from '../catalogue/proof.js'
import { createPublishCatalogue } from '../catalogue/publish.js'
import { createPublishedCatalogues, placeCatalogues, type CataloguePlace } from '../catalogue/published.js'
import { catalogueContextPath } from '../catalogue/vocabulary.js'
import { policiesDirectory } from './policy.js'
import type { OwnCatalogues } from '../discovery/index/fetch-catalogue.js'
import { catalogueRoutes } from '../http/routes/catalogue.js'
import { describeListInterface } from '../http/routes/discovery-list.js'
import { dspPath, dspRoutes } from '../http/routes/dsp.js'
import { pathOfSource } from '../http/routes/sources.js'
import type { Parties } from '../identity/parties.js'
import type { PartyServices } from '../identity/party-services.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { PublicUrls } from '../kernel/public-urls.js'
import { readPack } from '../policy/pack.js'
import type { Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import type { Epoch } from '../tokens/epoch.js'
import { cataloguePages } from '../web/catalogue-pages.js'
import type { PartyCatalogue } from '../../schemas/catalogue.js'
import type { Configuration } from '../../schemas/configuration.js'

export interface CataloguePartsDeps {
  readonly configuration: Configuration
  readonly log: Log
  readonly clock: Clock
  readonly publicUrls: PublicUrls
  readonly store: Store
  readonly audit: Audit
  readonly parties: Parties
  readonly partyServices: PartyServices
  readonly servedSources: ServedSources
  readonly epoch: Pick<Epoch, 'startedAt'>
  /** Of the discovery services that the node knows. */
  readonly definitions: readonly DiscoveryDefinition[]
  /** Of the node: another version may serve otherwise. */
  readonly version: string
  /** What others can be told of because a register of a party changes. */
  readonly givenEvents: (party: string, schema: string) => readonly OfferedEvent[]
}

/**
 * The catalogues of the parties, published as the settings and the packs are now: a part of `compose.ts`.
 * @throws `catalogue.refused` with a note for each thing that is wrong; `config.invalid`
 */
export async function createCatalogueParts(deps: CataloguePartsDeps) {
  const { configuration, log, clock, publicUrls, store, parties, servedSources } = deps
  const withCatalogue = configuration.parties.filter(({ catalogue }) => catalogue !== undefined)
  warnOfUnkept(withCatalogue, deps)
  const places = placeCatalogues(withCatalogue.map(({ subject }) => subject))
  const { loopback } = configuration.outbound
  const publisher = createPublishCatalogue({ ...deps, restoredAt: deps.epoch.startedAt, loopback })
  const published = createPublishedCatalogues({ store, places })
  const publish = async (place: CataloguePlace): Promise<void> => {
    const settings = withCatalogue.find(({ subject }) => subject === place.subject)?.catalogue
    if (settings !== undefined) await publisher.publish(place.subject, await gatherContents(place, settings, deps))
  }
  for (const place of places) await publish(place)
  for (const { key, value } of await readAll(store.records, catalogueHeads)) {
    const [subject = ''] = key
    if (value.withdrawn !== true && !places.some((place) => place.subject === subject))
      await publisher.withdraw(subject)
  }
  await published.refresh()
  const prove = createProveCatalogue({ clock, parties })
  const findOwn = (address: string): CatalogueVersion | undefined => {
    const place = places.find(({ path }) => `${publicUrls.url}${path}` === address)
    return place && published.current(place.subject)
  }
  const url = publicUrls.https ?? publicUrls.url
  await announceServices({
    ...deps,
    type: catalogServiceType,
    endpoints: new Map(places.map(({ subject }) => [subject, `${url}${dspPath(places, subject)}/catalog`])),
    baseUrls: publicUrls.all,
  })
  return {
    published,
    routes: [
      ...catalogueRoutes({
        published,
        parties,
        pages: cataloguePages,
        prove,
        findPart: createFindPart(),
        scopesOf: (subject, source) => servedSources.find(subject, source)?.scopes ?? [],
      }),
      ...dspRoutes({ places, url, current: (subject) => published.current(subject) }),
    ],
    /** Publishes anew, as the packs are now. What is refused is in the log and the journal; its last good version stays. */
    async republish(): Promise<void> {
      for (const place of places) {
        // Continues on purpose: one catalogue that is refused holds up no other, and the rules count already.
        await publish(place).catch((cause: unknown) => {
          const [code, notes] = [NodeError.codeOf(cause), NodeError.is(cause) ? cause.notes : []]
          log.error('a catalogue stays as it was', { party: place.subject, code, detail: notes.join('; ') })
        })
      }
      await published.refresh()
    },
    /** For the index of this node. */
    ownCatalogues: {
      documentAt: (address) => findOwn(address)?.jsonLd,
      async proofAt(address) {
        const version = findOwn(address)
        const party = version && (await parties.findByDid(version.catalogue.publisher.did))
        return party && prove(party, version)
      },
    } satisfies OwnCatalogues,
    /** Where a source is described, when it is in the catalogue of its party. */
    descriptionOf(subject: string, source: string): string | undefined {
      const catalogue = published.current(subject)?.catalogue
      return catalogue?.services.find(({ id }) => id === `${catalogue.id}/services/${source}`)?.id
    },
    /** What a listing says of the catalogue of a party, so that its signature covers the catalogue. */
    listingOf: (subject: string): Readonly<Record<string, string>> => {
      const current = published.current(subject)
      if (current === undefined) return {}
      const { digest, version, catalogue } = current
      return { catalogURL: catalogue.id, catalogDigest: digest, catalogVersion: version }
    },
  }
}

async function gatherContents(
  { subject, path }: CataloguePlace,
  settings: PartyCatalogue,
  deps: CataloguePartsDeps,
): Promise<CatalogueContents> {
  const { log, publicUrls, parties, servedSources } = deps
  const sources: DescribedSource[] = []
  for (const name of servedSources.namesOf(subject)) {
    const served = servedSources.find(subject, name)
    const described = served && (await describeSource(subject, name, served, deps))
    if (described !== undefined) sources.push(described)
    else log.warn('a source is in no catalogue: its pack has no catalogue block', { party: subject, detail: name })
  }
  sources.push(...describeLists(subject, settings, deps))
  const { did } = await parties.get(subject)
  const { url } = publicUrls
  return { id: `${url}${path}`, context: `${url}${catalogueContextPath}`, did, settings, sources }
}

async function describeSource(
  subject: string,
  key: string,
  served: ServedSource,
  { publicUrls, configuration, givenEvents }: CataloguePartsDeps,
): Promise<DescribedSource | undefined> {
  const { published, register } = served
  const { pack, schema, protocol } = published
  const { id, version, rules, catalogue: about } = pack
  if (about === undefined) return undefined
  const { text, data } = await readPack(policiesDirectory(configuration), id)
  // What is published is what is enforced, to the letter.
  if (!isDeepStrictEqual(data, pack))
    throw new NodeError('config.invalid', { notes: [`pack ${id}: changed during the start`] })
  return {
    key,
    endpointURL: `${publicUrls.https ?? publicUrls.url}${pathOfSource(subject, key, served)}`,
    protocol,
    schema,
    rules: { text, mediaType: 'application/json' },
    version,
    purposes: listPurposes(rules),
    about,
    events: register === undefined ? [] : givenEvents(subject, register.schema),
  }
}

/** The lists that the party keeps; one whose grondslag waits for a change of law counts in a sandbox only, like a rule. */
function describeLists(
  subject: string,
  { lists }: PartyCatalogue,
  { configuration, definitions, publicUrls, log, version }: CataloguePartsDeps,
): readonly DescribedSource[] {
  return lists.flatMap((kept) => {
    const definition = definitions.find(({ id }) => id === kept.service)
    if (definition === undefined) throw new NodeError('internal.fault', { detail: 'a list without a definition' })
    if (kept.grondslag.status === 'te-wijzigen' && !configuration.policies.sandbox) {
      log.warn('a list is in no catalogue: its grondslag waits for a change of law', {
        party: subject,
        detail: kept.service,
      })
      return []
    }
    const endpointURL = overTls(definition.endpoint, publicUrls)
    const interfaceText = `${JSON.stringify(describeListInterface({ address: endpointURL, version }), null, 2)}\n`
    const schema = { text: interfaceText, mediaType: 'application/json' }
    return [describeList({ definition, kept, endpointURL, schema })]
  })
}

/** An address of this node as it is over TLS, where it has that; another as it is. */
function overTls(address: string, { all, https }: PublicUrls): string {
  const own = all.find((url) => address.startsWith(`${url}/`))
  return own === undefined || https === undefined ? address : `${https}${address.slice(own.length)}`
}

/** Nobody has to describe a list; who forgot it hears so. */
function warnOfUnkept(
  withCatalogue: Configuration['parties'],
  { configuration, log }: Pick<CataloguePartsDeps, 'configuration' | 'log'>,
): void {
  if (withCatalogue.length === 0) return
  const kept = new Set(withCatalogue.flatMap(({ catalogue }) => catalogue?.lists.map(({ service }) => service) ?? []))
  for (const service of configuration.discovery.server)
    if (!kept.has(service))
      log.warn('a hosted list is in no catalogue: no party says that it keeps it', { detail: service })
}
