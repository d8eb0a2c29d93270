import type { Audit } from '../audit/audit.js'
import type { PublishedFile } from '../catalogue/published-file.js'
import type { Trust } from '../credentials/trust.js'
import type { Clock } from '../kernel/clock.js'
import type { KeyStore } from '../identity/key-store.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import { compilePack, readPacks, type Pack } from '../policy/pack.js'
import { createProfiles, type Profiles } from '../policy/profiles.js'
import type { DataSource } from '../sources/data-source.js'
import type { FhirSource } from '../sources/fhir/fhir-source.js'
import { createRegisterAdministration } from '../sources/register/administer.js'
import type { OnChange, RegisterAdministration } from '../sources/register/administer.js'
import type { RegisterChange } from '../sources/register/change-log.js'
import type { ChangeView } from '../sources/register/change-view.js'
import { loadRegisterDefinition } from '../sources/register/definition.js'
import { createRegister } from '../sources/register/register.js'
import { readSeedFile } from '../sources/register/seed.js'
import type { Operation, Store } from '../stores/contracts.js'
import type { PartyConfiguration, SourceConfiguration } from '../../schemas/configuration.js'
import type { PackData } from '../../schemas/pack.js'
import { openFhir } from './open-fhir.js'
import { openUpstream } from './open-upstream.js'
import { createOpenSourceCodes, type OpenSourceCodes } from './source-codes.js'
import type { SourceFace } from '../../schemas/source-face.js'

/** A data source of a party with the pack that guards it. */
export interface ServedSource {
  readonly source: DataSource
  /** The same, where it is asked by FHIR; the others are asked by GraphQL. */
  readonly fhir?: FhirSource
  /** The source as another version of its pack makes it, where what may be asked stands in the pack. */
  readonly renew?: (pack: PackData) => Pick<ServedSource, 'source' | 'fhir' | 'published'>
  readonly pack: Pack
  /** Who decides about reads instead of the pack. */
  readonly decisionPoint?: string | undefined
  /** Scopes under which it can be read. */
  readonly scopes: readonly string[]
  /** How it answers over HTTP. */
  readonly face: SourceFace
  /** For a register: its records, for the party itself. */
  readonly register: { readonly schema: string; readonly administration: RegisterAdministration } | undefined
  /** What others may know of it before they ask. */
  readonly published: {
    /** The pack as it was read. */
    readonly pack: PackData
    /** What the data look like to who asks, and the standard by which they are asked, as IRI. */
    readonly schema: PublishedFile
    readonly protocol: string
  }
}

/** The register that changes. */
export interface ChangedRegister {
  readonly party: string
  /** Name of the source. */
  readonly source: string
  /** Name of its definition. */
  readonly schema: string
}

/**
 * Called with the changes of a batch of a register of this node before it is written; what it gives is written in the same
 * batch. What it throws refuses the batch.
 */
export type OnRegisterChange = (
  register: ChangedRegister,
  changes: readonly RegisterChange[],
  view: ChangeView,
) => readonly Operation[] | Promise<readonly Operation[]>

/** Everything that the parties of this node serve. */
export interface ServedSources {
  find(party: string, source: string): ServedSource | undefined
  /** The credential profiles of a party; none for a party that serves nothing or does not exist. */
  profilesOf(party: string): Profiles
  /** Names of the sources of a party. */
  namesOf(party: string): readonly string[]
  /**
   * Reads and compiles all packs anew; nothing changes before `apply`, which changes all at once.
   * @throws `policy.pack_invalid`, `config.invalid` for a pack that is gone or guards another register
   */
  reload(): Promise<{ readonly packs: readonly Pack[]; readonly apply: () => void }>
}

export interface ServedSourcesDeps {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Audit
  /** Makes the cursors of pages. */
  readonly keyStore: Pick<KeyStore, 'secretFor'>
  /** The way to a register elsewhere, and to nothing else. */
  readonly outboundTo: (address: string) => Outbound
  readonly parties: Parties
  readonly trust: Trust
  readonly policiesDirectory: string
  /** Whether rules count that wait for a change of law. */
  readonly sandbox?: boolean
  /** Told the list of every code of an answer that could not be explained in full. */
  readonly countUnmappedCode?: (list: string) => void
  /** Told of every change of a register, in this order. A seed is no change. */
  readonly onChange?: readonly OnRegisterChange[]
  readonly configured: readonly PartyConfiguration[]
}

/** A source as it was opened: what is published of it, and its rules, may be read anew. */
interface OpenedSource {
  readonly source: SourceConfiguration
  readonly present: ServedSource
}

const nothing = createProfiles([])
const graphqlStandard = 'https://spec.graphql.org/October2021/'

/**
 * Makes the configured parties that are not there yet, compiles their packs and opens their sources.
 * @throws `config.invalid`, `policy.pack_invalid`, `source.bad_record` for a seed that does not fit
 */
export async function openServedSources(deps: ServedSourcesDeps): Promise<ServedSources> {
  const packs = await readPacks(deps.policiesDirectory)
  const openCodes = createOpenSourceCodes(deps.countUnmappedCode ?? (() => undefined))
  let served = new Map<string, ReadonlyMap<string, ServedSource>>()
  let profiles = new Map<string, Profiles>()
  const opened: { readonly party: Party; readonly sources: readonly OpenedSource[] }[] = []
  for (const configured of deps.configured) {
    if (served.has(configured.subject)) throw invalid(`parties: ${configured.subject} is there twice`)
    const party = await ensureParty(configured, deps.parties)
    const sources = new Map<string, ServedSource>()
    const each: OpenedSource[] = []
    for (const source of configured.sources) {
      if (sources.has(source.name)) throw invalid(`parties: source ${source.name} of ${party.subject} is there twice`)
      const present = await openSource(source, party, packs, { ...deps, openCodes })
      sources.set(source.name, present)
      each.push({ source, present })
    }
    served.set(party.subject, sources)
    profiles.set(party.subject, profilesOfSources(sources))
    opened.push({ party, sources: each })
  }

  async function reload(): ReturnType<ServedSources['reload']> {
    const fresh = await readPacks(deps.policiesDirectory)
    const nextServed = new Map<string, ReadonlyMap<string, ServedSource>>()
    const nextProfiles = new Map<string, Profiles>()
    for (const { party, sources: each } of opened) {
      const sources = new Map<string, ServedSource>()
      for (const { source, present } of each) {
        const { pack, data } = compileFor(source, party, fresh, deps)
        const scopes = pack.profiles.map(({ scope }) => scope)
        const published = { ...present.published, pack: data }
        sources.set(source.name, { ...present, pack, scopes, published, ...present.renew?.(data) })
      }
      nextServed.set(party.subject, sources)
      nextProfiles.set(party.subject, profilesOfSources(sources))
    }
    const loaded = [...nextServed.values()].flatMap((sources) => [...sources.values()].map(({ pack }) => pack))
    return {
      packs: [...new Map(loaded.map((pack) => [pack.id, pack])).values()],
      apply() {
        served = nextServed
        profiles = nextProfiles
      },
    }
  }

  return {
    find: (party, source) => served.get(party)?.get(source),
    profilesOf: (party) => profiles.get(party) ?? nothing,
    namesOf: (party) => [...(served.get(party)?.keys() ?? [])],
    reload,
  }
}

function profilesOfSources(sources: ReadonlyMap<string, ServedSource>): Profiles {
  const guarding = new Map([...sources.values()].map(({ pack }) => [pack.id, pack]))
  return createProfiles([...guarding.values()])
}

async function ensureParty(configured: PartyConfiguration, parties: Parties): Promise<Party> {
  const { subject, id } = configured
  const present =
    (await parties.find(subject)) ??
    (await parties.create({ subject, id }).catch(async (cause: unknown) => {
      // Another replica that starts at this moment was quicker: its party counts.
      if (NodeError.codeOf(cause) !== 'identity.party_exists') throw cause
      const made = await parties.find(subject)
      if (made === undefined)
        throw invalid(`parties: ${subject} or its id was deactivated; take it out of the settings`)
      return made
    }))
  if (id !== undefined && id !== present.id) {
    throw invalid(`parties: ${subject} already has another id than the configured one`)
  }
  return present
}

async function openSource(
  configured: SourceConfiguration,
  party: Party,
  packs: Awaited<ReturnType<typeof readPacks>>,
  deps: ServedSourcesDeps & { readonly openCodes: OpenSourceCodes },
): Promise<ServedSource> {
  const { store, clock, audit, outboundTo } = deps
  const { pack, data } = compileFor(configured, party, packs, deps)
  if (configured.kind === 'fhir') {
    const renew = await openFhir(configured, { ...deps, party: party.subject })
    return { ...renew(data), ...guardedBy(pack, configured), renew, register: undefined }
  }
  const definition = loadRegisterDefinition(configured.schema)
  const explainCodes = deps.openCodes(configured, definition)
  const guarded = {
    ...guardedBy(pack, configured),
    published: {
      pack: data,
      schema: { text: definition.sdl, mediaType: 'application/graphql' },
      protocol: graphqlStandard,
    },
  }
  if (configured.kind === 'graphql') {
    const source = await openUpstream(configured, { party: party.subject, definition, explainCodes, outboundTo })
    return { ...guarded, source, register: undefined }
  }
  if (configured.upstream !== undefined)
    throw invalid(`parties: source ${configured.name} of ${party.subject} keeps its records, so it has no upstream`)
  const register = { name: configured.name, party: party.subject, definition, store, clock }
  const source = createRegister({ ...register, explainCodes, introspection: configured.graphql.introspection })
  const administration = createRegisterAdministration({
    ...register,
    audit,
    onChange: tellAll(deps.onChange ?? [], {
      party: party.subject,
      source: configured.name,
      schema: configured.schema,
    }),
  })
  if (configured.seed !== undefined) await source.loadSeed(readSeedFile(configured.seed))
  return { ...guarded, source, register: { schema: configured.schema, administration } }
}

function guardedBy(pack: Pack, { decisionPoint, statuses, graphql }: SourceConfiguration) {
  return { pack, scopes: pack.profiles.map(({ scope }) => scope), decisionPoint, face: { statuses, graphql } }
}

/** One listener that is all of them; `undefined` for none. */
function tellAll(listeners: readonly OnRegisterChange[], register: ChangedRegister): OnChange | undefined {
  if (listeners.length === 0) return undefined
  return async (changes, view) => {
    const operations: Operation[] = []
    for (const listener of listeners) operations.push(...(await listener(register, changes, view)))
    return operations
  }
}

/** The pack that guards a source, for the party whose it is, and as it was read. */
function compileFor(
  configured: SourceConfiguration,
  party: Party,
  packs: Awaited<ReturnType<typeof readPacks>>,
  { trust, sandbox = false }: ServedSourcesDeps,
): { readonly pack: Pack; readonly data: PackData } {
  const data = packs.get(configured.pack)
  if (data === undefined) throw invalid(`parties: there is no pack ${configured.pack}`)
  if (data.schema !== configured.schema)
    throw invalid(`parties: pack ${data.id} guards ${data.schema}, not ${configured.schema}`)
  return { data, pack: compilePack(data, { bronhouder: party.did, trust, sandbox }) }
}

function invalid(note: string): NodeError {
  return new NodeError('config.invalid', { notes: [note] })
}
