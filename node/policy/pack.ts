import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NodeError } from '../kernel/errors.js'
import type { Trust } from '../credentials/trust.js'
import { compileDefinition, type PresentationDefinition } from '../credentials/exchange/definition.js'
import { packSchema, type PackData } from '../../schemas/pack.js'
import type { PresentationDefinitionData } from '../../schemas/presentation-exchange.js'
import { compileRule, type Rule } from './rule.js'

/** What a scope asks of who wants it. */
export interface CredentialProfile {
  /** The scope that is granted. */
  readonly scope: string
  /** Other spellings under which it may be asked. */
  readonly aliases: readonly string[]
  /** Every one of these must be fulfilled. */
  readonly definitions: { readonly organization: PresentationDefinition }
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
 * Reads every pack below `directory`: one folder each, with a `pack.json`.
 * @throws `policy.pack_invalid` with a note per fault
 */
export async function readPacks(directory: string): Promise<ReadonlyMap<string, PackData>> {
  const packs = new Map<string, PackData>()
  for (const entry of (await readdir(directory, { withFileTypes: true })).filter((candidate) =>
    candidate.isDirectory(),
  )) {
    const file = join(directory, entry.name, 'pack.json')
    const data = parsePack(await readFile(file, 'utf8'), file)
    if (data.id !== entry.name) throw invalid(file, ['id: must be the name of the folder'])
    packs.set(data.id, data)
  }
  return packs
}

function parsePack(text: string, file: string): PackData {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw invalid(file, ['is not JSON'])
  }
  const parsed = packSchema.safeParse(json)
  if (!parsed.success)
    throw invalid(
      file,
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    )
  return parsed.data
}

/**
 * Compiles a pack for `bronhouder`, filling in whose credentials count.
 *
 * @throws `policy.pack_invalid` when a descriptor does not pin its issuers, a rule names a scope that the pack does not
 *   have, or a definition cannot be compiled
 */
export function compilePack(data: PackData, options: { readonly bronhouder: string; readonly trust: Trust }): Pack {
  const faults: string[] = []
  const profiles = data.scopes.map((entry): CredentialProfile => {
    for (const descriptor of entry.organization.input_descriptors) {
      if (!pinsIssuers(descriptor)) faults.push(`${entry.scope}: descriptor ${descriptor.id} does not pin its issuers`)
    }
    const definition = compileDefinition(fillIssuers(entry.organization, options))
    return { scope: entry.scope, aliases: entry.aliases, definitions: { organization: definition } }
  })
  const names = data.scopes.flatMap((entry) => [entry.scope, ...entry.aliases])
  names
    .filter((name, index) => names.indexOf(name) !== index)
    .forEach((name) => faults.push(`${name}: scope is defined twice`))
  for (const rule of data.rules) {
    if (!profiles.some((profile) => profile.scope === rule.scope))
      faults.push(`${rule.id}: unknown scope ${rule.scope}`)
  }
  if (faults.length > 0) throw invalid(data.id, faults)
  return {
    id: data.id,
    version: data.version,
    title: data.title,
    schema: data.schema,
    profiles,
    rules: data.rules.map(compileRule),
  }
}

type DescriptorData = PresentationDefinitionData['input_descriptors'][number]

function pinsIssuers(descriptor: DescriptorData): boolean {
  return descriptor.constraints.fields.some(
    ({ path, filter }) =>
      path.includes('$.issuer') &&
      filter !== undefined &&
      (filter.issuersOf ?? filter.issuer ?? filter.const ?? filter.enum ?? filter.pattern) !== undefined,
  )
}

function fillIssuers(
  definition: PresentationDefinitionData,
  { bronhouder, trust }: { readonly bronhouder: string; readonly trust: Trust },
): PresentationDefinitionData {
  const fillFilter = <F extends { issuersOf?: string | undefined; issuer?: 'bronhouder' | undefined }>(filter: F) => {
    const { issuersOf, issuer, ...rest } = filter
    if (issuersOf !== undefined) return { ...rest, enum: [...trust.issuersOf(issuersOf)] }
    return issuer === undefined ? rest : { ...rest, const: bronhouder }
  }
  return {
    ...definition,
    input_descriptors: definition.input_descriptors.map((descriptor) => ({
      ...descriptor,
      constraints: {
        ...descriptor.constraints,
        fields: descriptor.constraints.fields.map(({ filter, ...field }) => ({
          ...field,
          ...(filter === undefined ? {} : { filter: fillFilter(filter) }),
        })),
      },
    })),
  }
}

function invalid(where: string, faults: readonly string[]): NodeError {
  return new NodeError('policy.pack_invalid', { detail: where, notes: faults.map((fault) => `${where}: ${fault}`) })
}
