import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { NodeError } from '../kernel/errors.js'
import { schemaFaults } from '../kernel/schema-faults.js'
import { compileDefinition, type PresentationDefinition } from '../credentials/exchange/definition.js'
import { discoveryDefinitionSchema } from '../../schemas/wire/discovery.js'

/** A discovery service: a public list of parties and what they must show to be on it. */
export interface DiscoveryDefinition {
  readonly id: string
  /** Where the list is served. */
  readonly endpoint: string
  /** Allowed DID methods; empty means every method that this node resolves. */
  readonly didMethods: readonly string[]
  /** The longest life of a registration, in seconds. */
  readonly maxValiditySeconds: number
  readonly presentation: PresentationDefinition
  /** The file, to the letter. */
  readonly text: string
}

/**
 * Reads every `*.json` in `directory`, not recursively.
 * @throws `config.invalid` with a note per file that is not a definition, or that defines an id again
 */
export async function readDiscoveryDefinitions(directory: string): Promise<readonly DiscoveryDefinition[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new NodeError('config.invalid', { cause, notes: [`discovery.definitions: ${directory} cannot be read`] })
  })
  const definitions: DiscoveryDefinition[] = []
  for (const name of names.filter((candidate) => candidate.endsWith('.json')).sort()) {
    const definition = await readDiscoveryDefinition(join(directory, name))
    if (definitions.some(({ id }) => id === definition.id)) {
      throw new NodeError('config.invalid', {
        notes: [`discovery.definitions: ${name} defines ${definition.id} again`],
      })
    }
    definitions.push(definition)
  }
  return definitions
}

/** Reads one definition. @throws `config.invalid` with a note that names the file */
export async function readDiscoveryDefinition(file: string): Promise<DiscoveryDefinition> {
  const name = basename(file)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NodeError('config.invalid', { cause, notes: [`discovery.definitions: ${name} cannot be read`] })
  })
  return parseDefinition(text, name)
}

function parseDefinition(text: string, name: string): DiscoveryDefinition {
  const fault = (note: string, cause?: unknown): NodeError =>
    new NodeError('config.invalid', { cause, notes: [`discovery.definitions: ${name}: ${note}`] })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw fault('is not JSON', cause)
  }
  const parsed = discoveryDefinitionSchema.safeParse(json)
  if (!parsed.success) throw fault(schemaFaults(parsed.error).join('; '))
  try {
    return {
      id: parsed.data.id,
      endpoint: parsed.data.endpoint,
      didMethods: parsed.data.did_methods ?? [],
      maxValiditySeconds: parsed.data.presentation_max_validity,
      presentation: compileDefinition(parsed.data.presentation_definition),
      text,
    }
  } catch (cause) {
    throw fault(NodeError.is(cause) ? cause.notes.join('; ') : 'cannot be used', cause)
  }
}
