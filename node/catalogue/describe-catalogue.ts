import type {
  Catalogue,
  CatalogueDataset,
  CatalogueDistribution,
  CatalogueEvent,
  CataloguePermission,
  CataloguePolicy,
  CatalogueService,
} from './catalogue.js'
import type { Graph, Texts } from './graph.js'
import { eventProperties as e } from './offered-event.js'
import { classes, properties as p } from './vocabulary.js'

/** A document is complete, or it says what is wrong with it, in sentences that hold no text of the document but names. */
export type Described = { readonly catalogue: Omit<Catalogue, 'digest'> } | { readonly violations: readonly string[] }

/** Where endpoints may be. */
export interface DescribeOptions {
  /** Also on this machine, without TLS: for development. */
  readonly loopback: boolean
}

/**
 * What the statements say, when nothing that a reader needs is missing.
 *
 * Every dataset, service and policy must stand at the place of the catalogue itself, so that nobody describes what is
 * another's. Does not look whether the shapes of the network hold.
 */
export function describeCatalogue(graph: Graph, { loopback }: DescribeOptions): Described {
  const violations: string[] = []
  const [id = '', ...others] = graph.ofClass(classes.catalog)
  if (id === '' || others.length > 0) return { violations: ['the document describes no catalogue, or several'] }
  const origin = originOf(id)
  const fault = (thing: string, sentence: string) => void violations.push(`${thing}: ${sentence}`)
  const isWeb = (url: string) => isWebUrl(url, loopback)

  const one = (thing: string, found: readonly string[], what: string): string => {
    if (found.length !== 1) fault(thing, `needs exactly one ${what}`)
    return found[0] ?? ''
  }
  const some = (thing: string, found: readonly string[], what: string): readonly string[] => {
    if (found.length === 0) fault(thing, `needs at least one ${what}`)
    return found
  }
  const texts = (thing: string, property: string, what: string): Texts => {
    const found = graph.texts(thing, property)
    if (Object.keys(found).length === 0) fault(thing, `needs a ${what}`)
    return found
  }
  const web = (thing: string, found: readonly string[], what: string): string => {
    const url = one(thing, found, what)
    if (url !== '' && !isWeb(url)) fault(thing, `has ${/^[ae]/.test(what) ? 'an' : 'a'} ${what} that is no https URL`)
    return url
  }
  const own = (things: readonly string[], what: string): readonly string[] => {
    for (const thing of things)
      if (originOf(thing) !== origin) fault(thing, `is a ${what} at another place than its catalogue`)
    return things
  }

  const policy = (thing: string): CataloguePolicy => ({
    id: thing,
    permissions: permissionsOf(graph, thing),
    enforcedBy: web(thing, graph.names(thing, p.enforcedBy), 'place where its rules are published'),
    digest: one(thing, graph.values(thing, p.policyDigest), 'digest of its rules'),
  })
  const distribution = (thing: string): CatalogueDistribution => ({
    id: thing,
    title: graph.texts(thing, p.title),
    accessURL: web(thing, graph.names(thing, p.accessURL), 'access URL'),
    accessService: one(thing, graph.names(thing, p.accessService), 'access service'),
    conformsTo: some(thing, graph.names(thing, p.conformsTo), 'schema that it conforms to'),
  })
  const event = (thing: string): CatalogueEvent => {
    const value = (property: keyof typeof e): string => one(thing, graph.values(thing, e[property]), property)
    return {
      id: thing,
      title: texts(thing, p.title, 'title'),
      eventType: value('eventType'),
      notificatieType: value('notificatieType'),
      role: one(thing, graph.names(thing, e.recipientRole), 'role of who is told'),
      idTypeAbonnee: value('idTypeAbonnee'),
      change: value('change'),
      objectIDType: value('objectIDType'),
      cloudEventsType: value('cloudEventsType'),
      grondslag: value('grondslag'),
      grondslagStatus: value('grondslagStatus'),
    }
  }
  const dataset = (thing: string): CatalogueDataset => {
    const policies = own(some(thing, graph.names(thing, p.hasPolicy), 'policy'), 'policy').map(policy)
    const roles = policies.flatMap(({ permissions }) => permissions.flatMap((permission) => permission.roles))
    return {
      id: thing,
      title: texts(thing, p.title, 'title'),
      description: texts(thing, p.description, 'description'),
      keywords: graph.values(thing, p.keyword),
      themes: some(thing, graph.names(thing, p.theme), 'theme'),
      conformsTo: some(thing, graph.names(thing, p.conformsTo), 'data model that it conforms to'),
      purposes: some(thing, graph.names(thing, p.purpose), 'purpose').map((purpose) => ({
        id: purpose,
        label: graph.texts(purpose, p.prefLabel),
      })),
      legalBases: some(thing, graph.names(thing, p.legalBasis), 'legal basis in the GDPR'),
      ...grondslagOf(graph, thing),
      legislation: some(thing, graph.names(thing, p.applicableLegislation), 'applicable legislation'),
      accessRights: one(thing, graph.names(thing, p.accessRights), 'kind of access rights'),
      frequency: one(thing, graph.names(thing, p.accrualPeriodicity), 'update frequency'),
      spatial: graph.names(thing, p.spatial),
      roles: [...new Set(roles)].sort(),
      policies,
      distributions: some(thing, graph.names(thing, p.distribution), 'distribution').map(distribution),
      subjectSelector: one(thing, graph.names(thing, p.subjectSelector), 'way to find who holds data about a person'),
      events: own(graph.names(thing, e.event), 'event type').map(event),
      version: one(thing, graph.values(thing, p.version), 'version'),
      modified: one(thing, graph.values(thing, p.modified), 'time of modification'),
    }
  }
  const service = (thing: string): CatalogueService => ({
    id: thing,
    title: texts(thing, p.title, 'title'),
    description: graph.texts(thing, p.description),
    endpointURL: web(thing, graph.names(thing, p.endpointURL), 'endpoint URL'),
    endpointDescriptions: some(thing, graph.names(thing, p.endpointDescription), 'endpoint description'),
    conformsTo: some(thing, graph.names(thing, p.conformsTo), 'standard that it conforms to'),
    servesDataset: some(thing, graph.names(thing, p.servesDataset), 'dataset that it serves'),
  })

  if (!isWeb(id)) fault(id, 'is no https URL')
  const publisher = one(id, graph.names(id, p.publisher), 'publisher')
  const identifiers = graph.values(publisher, p.identifier)
  const catalogue = {
    id,
    publisher: {
      did: one(
        publisher === '' ? id : publisher,
        identifiers.filter((text) => didPattern.test(text)),
        'DID of its publisher',
      ),
      id: publisher,
      name: texts(publisher === '' ? id : publisher, p.name, 'name of its publisher'),
      identifiers,
    },
    ...contactOf(graph, id),
    title: texts(id, p.title, 'title'),
    description: texts(id, p.description, 'description'),
    version: one(id, graph.values(id, p.version), 'version'),
    modified: one(id, graph.values(id, p.modified), 'time of modification'),
    spatial: graph.names(id, p.spatial),
    datasets: own(some(id, graph.names(id, p.dataset), 'dataset'), 'dataset').map(dataset),
    services: own(some(id, graph.names(id, p.service), 'service'), 'service').map(service),
  }
  for (const { id: thing } of [...catalogue.datasets, ...catalogue.services]) {
    const named = graph.names(thing, p.publisher)
    if (named.some((other) => other !== publisher)) fault(thing, 'has another publisher than its catalogue')
  }
  for (const [iri, known] of [
    [classes.dataset, catalogue.datasets],
    [classes.service, catalogue.services],
  ] as const) {
    const loose = graph.ofClass(iri).filter((thing) => !known.some(({ id: other }) => other === thing))
    for (const thing of loose) fault(thing, 'is described and is not in the catalogue')
  }
  for (const { distributions } of catalogue.datasets) {
    for (const { id: from, accessService } of distributions) {
      if (!catalogue.services.some((known) => known.id === accessService))
        fault(from, 'names a service that is not in the catalogue')
    }
  }
  for (const { id: from, servesDataset } of catalogue.services) {
    const isKnown = (name: string) => catalogue.datasets.some((known) => known.id === name)
    if (!servesDataset.every(isKnown)) fault(from, 'names a dataset that is not in the catalogue')
  }
  return violations.length === 0 ? { catalogue } : { violations: [...new Set(violations)] }
}

const didPattern = /^did:[a-z0-9]+:\S+$/

function permissionsOf(graph: Graph, policy: string): readonly CataloguePermission[] {
  return graph.things(policy, p.permission).map((permission) => {
    const constraints = graph.things(permission, p.constraint)
    const operandsOf = (left: string): readonly string[] => {
      const about = constraints.filter((constraint) => graph.names(constraint, p.leftOperand).includes(left))
      return [...new Set(about.flatMap((constraint) => graph.names(constraint, p.rightOperandReference)))].sort()
    }
    return { purposes: operandsOf(p.purposeOperand), roles: operandsOf(p.recipientRole) }
  })
}

function grondslagOf(graph: Graph, dataset: string): Pick<CatalogueDataset, 'grondslag'> {
  const [[text], [status]] = [graph.values(dataset, e.grondslag), graph.values(dataset, e.grondslagStatus)]
  return text === undefined || status === undefined ? {} : { grondslag: { text, status } }
}

function contactOf(graph: Graph, catalogue: string): Pick<Catalogue, 'contact'> {
  const [thing = ''] = graph.things(catalogue, p.contactPoint)
  const [address] = graph.names(thing, p.hasEmail)
  return address === undefined ? {} : { contact: { name: graph.texts(thing, p.contactName), address } }
}

function originOf(iri: string): string | undefined {
  if (!URL.canParse(iri)) return undefined
  const { origin } = new URL(iri)
  return origin === 'null' ? undefined : origin
}

const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** True for an https URL without a user name, and with `loopback` for an http URL of this machine. */
export function isWebUrl(text: string, loopback: boolean): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (loopback && protocol === 'http:' && loopbackHost.test(hostname))
}
