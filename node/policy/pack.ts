import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { NodeError } from '../kernel/errors.js'
import { schemaFaults } from '../kernel/schema-faults.js'
import { decodeUtf8, parseGuardedJson } from '../kernel/json-guard.js'
import { faultsOfAuthorizations, faultsOfConsent, repeated } from './basis-faults.js'
import type { Trust } from '../credentials/trust.js'
import { compileDefinition, type PresentationDefinition } from '../credentials/exchange/definition.js'
import { credentialTypeNames } from '../credentials/types/table.js'
import { entityPackSchema, type EntityPackData } from '../../schemas/entity-pack.js'
import { packSchema, type PackData, type WalletOwner } from '../../schemas/pack.js'
import { fillIssuers, pinsIssuers, unknownTypes } from './pin-issuers.js'
import { faultsOfFhir } from './fhir-faults.js'
import { expandSets, faultsOfReading } from './pack-fields.js'
import { claimsOf, compileRule, type Rule } from './rule.js'

/** What a scope asks of who wants it. */
export interface CredentialProfile {
  /** The scope that is granted. */
  readonly scope: string
  /** Other spellings under which it may be asked. */
  readonly aliases: readonly string[]
  /** Whether a token for it must be bound to a key. @see RFC 9449 */
  readonly dpop: 'optional' | 'required'
  /** Of its tokens; that of the node when absent. */
  readonly lifetimeSeconds?: number | undefined
  /** Whether the status of its credentials is looked at again while a token lives. */
  readonly liveStatus: boolean
  /** What becomes of scopes that are asked beside it: refused, granted, or put to the decision point. */
  readonly scopePolicy: 'profile-only' | 'passthrough' | 'dynamic'
  /** Every one of these must be fulfilled. */
  readonly definitions: {
    readonly organization: PresentationDefinition
    /** Of who asks for the organization; then a token is had with both and not with one. */
    readonly service_provider?: PresentationDefinition | undefined
  }
}

/** A use-case pack, compiled for one party: the bronhouder whose source it guards. */
export interface Pack {
  readonly id: string
  readonly version: string
  readonly title: string
  /** The register definition that the rules speak about. */
  readonly schema: string
  readonly profiles: readonly CredentialProfile[]
  readonly rules: readonly Rule[]
}

/**
 * Reads every pack below `directory`: one folder each, with a `pack.json`. Other files, and folders whose name starts
 * with a point, are left alone.
 * @throws `policy.pack_invalid` with a note per fault, also for a directory that cannot be read
 */
export async function readPacks(directory: string): Promise<ReadonlyMap<string, PackData>> {
  const packs = new Map<string, PackData>()
  for (const name of await readFolders(directory)) {
    const file = join(directory, name, 'pack.json')
    const json = parseJson(await readText(file), file)
    if (isAboutEntities(json)) continue
    const data = parsePack(json, file)
    if (data.id !== name) throw invalid(file, ['id: must be the name of the folder'])
    packs.set(data.id, data)
  }
  return packs
}

/** Reads one pack, and the text that it stands in. @throws `policy.pack_invalid` */
export async function readPack(
  directory: string,
  name: string,
): Promise<{ readonly text: string; readonly data: PackData }> {
  const file = join(directory, name, 'pack.json')
  const text = await readText(file)
  return { text, data: parsePack(parseJson(text, file), file) }
}

/** Follows links, because that is how platforms mount configuration. */
async function readFolders(directory: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(directory)).filter((name) => !name.startsWith('.')).sort()
    const isFolder = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).isDirectory()))
    return names.filter((_, index) => isFolder[index])
  } catch (cause) {
    throw invalid(directory, ['is not a directory that can be read'], cause)
  }
}

async function readText(file: string): Promise<string> {
  try {
    return decodeUtf8(await readFile(file))
  } catch (cause) {
    throw invalid(file, ['is not a text file that can be read'], cause)
  }
}

/**
 * Reads every pack about entities below `directory`, as `readPacks` does the others.
 * @throws `policy.pack_invalid`
 */
export async function readEntityPacks(directory: string): Promise<readonly EntityPackData[]> {
  const packs: EntityPackData[] = []
  for (const name of await readFolders(directory)) {
    const file = join(directory, name, 'pack.json')
    const json = parseJson(await readText(file), file)
    if (isAboutEntities(json)) packs.push(parseWith(entityPackSchema, json, file))
  }
  return packs
}

function isAboutEntities(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'entities'
}

function parseJson(text: string, file: string): unknown {
  try {
    return parseGuardedJson(text)
  } catch (cause) {
    const isTwice = NodeError.codeOf(cause) === 'json.duplicate_member'
    throw invalid(file, [isTwice ? 'an object names a member twice' : 'is not JSON'], cause)
  }
}

function parsePack(json: unknown, file: string): PackData {
  return expandSets(parseWith(packSchema, json, file))
}

function parseWith<T extends z.ZodType>(schema: T, json: unknown, file: string): z.output<T> {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  throw invalid(file, schemaFaults(parsed.error))
}

/**
 * Compiles a pack for `bronhouder`, filling in whose credentials count.
 *
 * Does not check the fields and operations that rules name: this room does not know the register's schema.
 * @throws `policy.pack_invalid` when a descriptor does not pin its issuers, a scope or rule is there twice, a rule names
 *   a scope that the pack does not have or a claim that its scope does not yield, a rule asks for consent of nobody, or a
 *   definition cannot be compiled
 */
export function compilePack(
  given: PackData,
  options: { readonly bronhouder: string; readonly trust: Trust; readonly sandbox?: boolean },
): Pack {
  const data = expandSets(given)
  const faults = [
    ...faultsOfTrust(data),
    ...faultsOfScopes(data),
    ...faultsOfRules(data),
    ...faultsOfFhir(data),
    ...data.rules.flatMap(faultsOfReading),
    ...data.rules.flatMap(faultsOfConsent),
    ...faultsOfAuthorizations(data),
  ]
  if (faults.length > 0) throw invalid(data.id, faults)
  const profiles = toProfiles(data, options)
  return {
    id: data.id,
    version: data.version,
    title: data.title,
    schema: data.schema,
    profiles,
    rules: data.rules.map((rule) => compileRule(rule, options)),
  }
}

/** What says who may ask a token, without rules about reading: the part of a pack that yields profiles. */
export type ProfileData = Pick<PackData, 'id' | 'trust' | 'scopes'>

/**
 * Compiles profiles that belong to no rules: for what is offered to whoever can show them.
 * @throws `policy.pack_invalid` as `compilePack`
 */
export function compileProfiles(
  data: ProfileData,
  options: { readonly bronhouder: string; readonly trust: Trust },
): readonly CredentialProfile[] {
  const faults = [...faultsOfTrust(data), ...faultsOfScopes(data)]
  if (faults.length > 0) throw invalid(data.id, faults)
  return toProfiles(data, options)
}

function toProfiles(
  data: ProfileData,
  options: { readonly bronhouder: string; readonly trust: Trust },
): readonly CredentialProfile[] {
  return data.scopes.map((entry) => ({
    scope: entry.scope,
    aliases: entry.aliases,
    dpop: entry.dpop,
    scopePolicy: entry.scopePolicy,
    lifetimeSeconds: entry.lifetimeSeconds,
    liveStatus: entry.liveStatus,
    definitions: {
      organization: compileFor('organization', entry.organization, data, entry, options),
      service_provider:
        entry.service_provider && compileFor('service_provider', entry.service_provider, data, entry, options),
    },
  }))
}

type ScopeData = PackData['scopes'][number]

function compileFor(
  owner: WalletOwner,
  definition: ScopeData['organization'],
  { id: pack, trust: own }: ProfileData,
  entry: ScopeData,
  options: { readonly bronhouder: string; readonly trust: Trust },
): PresentationDefinition {
  try {
    return compileDefinition(fillIssuers(definition, { ...options, own }))
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    throw invalid(
      pack,
      cause.notes.map((note) => `${entry.scope}: ${owner === 'organization' ? '' : `${owner}: `}${note}`),
      cause,
    )
  }
}

function faultsOfTrust({ trust }: Pick<PackData, 'trust'>): readonly string[] {
  return Object.keys(trust)
    .filter((type) => !credentialTypeNames.includes(type))
    .map((type) => `trust: ${type} is no credential type`)
}

function faultsOfScopes({ scopes }: Pick<PackData, 'scopes'>): readonly string[] {
  const names = scopes.flatMap((entry) => [entry.scope, ...entry.aliases])
  const descriptors = scopes.flatMap(({ scope, organization, service_provider: serviceProvider }) =>
    [...organization.input_descriptors, ...(serviceProvider?.input_descriptors ?? [])].map((descriptor) => ({
      descriptor,
      where: `${scope}: descriptor ${descriptor.id}`,
    })),
  )
  return [
    ...descriptors
      .filter(({ descriptor }) => !pinsIssuers(descriptor))
      .map(({ where }) => `${where} does not pin its issuers`),
    ...descriptors.flatMap(({ descriptor, where }) =>
      unknownTypes(descriptor).map((type) => `${where} takes the issuers of ${type}, which is no credential type`),
    ),
    ...repeated(names).map((name) => `${name}: scope is defined twice`),
    ...scopes.flatMap(faultsOfServiceProvider),
  ]
}

/**
 * What both definitions ask is compared, so it must be there; and nobody but the organization says who the organization is.
 */
function faultsOfServiceProvider({ scope, organization, service_provider: serviceProvider }: ScopeData) {
  const own = new Map(fieldsOf(organization).map((field) => [field.id, field]))
  return fieldsOf(serviceProvider).flatMap(({ id }) => {
    if (id === undefined) return []
    if (own.get(id)?.optional === true) return [`${scope}: ${id} is asked of both, so it cannot be optional`]
    if (own.has(id) || !id.startsWith('organization_')) return []
    return [`${scope}: ${id} is asked of the service provider, and names the organization`]
  })
}

function fieldsOf(definition: ScopeData['service_provider']) {
  return definition?.input_descriptors.flatMap(({ constraints }) => constraints.fields) ?? []
}

/** A rule about a claim that nothing yields could never permit: a slip of the pen, found before anybody is refused by it. */
function faultsOfRules({ scopes, rules }: PackData): readonly string[] {
  const twice = repeated(rules.map(({ id }) => id)).map((id) => `${id}: rule is defined twice`)
  const dangling = rules.flatMap((rule) => {
    const granting = scopes.find(({ scope }) => scope === rule.scope)
    if (granting === undefined) return [`${rule.id}: unknown scope ${rule.scope}`]
    const yielded = [...fieldsOf(granting.organization), ...fieldsOf(granting.service_provider)].map(({ id }) => id)
    return claimsOf(rule)
      .filter((claim) => !yielded.includes(claim))
      .map((claim) => `${rule.id}: scope ${rule.scope} yields no claim ${claim}`)
  })
  return [...twice, ...dangling]
}

function invalid(where: string, faults: readonly string[], cause?: unknown): NodeError {
  const notes = faults.map((fault) => `${where}: ${fault}`)
  return new NodeError('policy.pack_invalid', { detail: where, notes, cause })
}
