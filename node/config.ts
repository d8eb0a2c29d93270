import { readFile } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import { NodeError, systemCodeOf } from './kernel/errors.js'
import { isLoopbackAddress } from './kernel/address-guard.js'
import { configurationFields } from '../schemas/configuration-fields.js'
import { configurationSchema, type Configuration } from '../schemas/configuration.js'

/** A configuration that was checked, and what strict mode made of it. */
export interface LoadedConfiguration {
  readonly configuration: Configuration
  /** One line for each value that strict mode forced, or, without it, for each thing that is allowed. */
  readonly notices: readonly string[]
}

const prefix = 'BRONNET_'
/** Variables with our prefix that are not fields. */
const otherVariables = new Set(['BRONNET_CONFIG'])

/**
 * Loads the configuration: defaults, then the YAML file, then environment variables.
 * @throws `config.invalid` with one note per fault
 */
export async function loadConfiguration(options: {
  readonly file: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}): Promise<LoadedConfiguration> {
  const fromFile = options.file === undefined ? {} : await readYaml(options.file)
  return checkConfiguration(applyEnvironment(fromFile, options.environment))
}

async function readYaml(file: string): Promise<Record<string, unknown>> {
  let value: unknown
  try {
    value = parseYaml(await readFile(file, 'utf8'))
  } catch (cause) {
    const why = systemCodeOf(cause) === 'ENOENT' ? 'does not exist' : 'is not readable YAML'
    throw new NodeError('config.invalid', { cause, notes: [`${file} ${why}`] })
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new NodeError('config.invalid', { notes: [`${file} must hold a mapping`] })
  return { ...value }
}

function applyEnvironment(
  base: Record<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const result = structuredClone(base)
  const faults: string[] = []
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || otherVariables.has(variable) || text === undefined) continue
    const field = configurationFields.find((candidate) => candidate.variable === variable)
    if (field === undefined) {
      faults.push(`${variable}: there is no such setting`)
      continue
    }
    const path = field.path.split('.')
    const last = path.pop() ?? ''
    let target = result
    for (const name of path) {
      const next = target[name]
      const child: Record<string, unknown> = typeof next === 'object' && next !== null ? { ...next } : {}
      target[name] = child
      target = child
    }
    target[last] = parseVariable(field.kind, text)
  }
  if (faults.length > 0) throw new NodeError('config.invalid', { notes: faults })
  return result
}

/** Text that does not fit its kind stays text, so that the schema names the fault. */
function parseVariable(kind: (typeof configurationFields)[number]['kind'], text: string): unknown {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (kind === 'list') return text === '' ? [] : text.split(',').map((item) => item.trim())
  return text
}

/**
 * Checks a configuration given as a value, and applies strict mode.
 * @throws `config.invalid` with one note per fault
 */
export function checkConfiguration(value: unknown): LoadedConfiguration {
  const parsed = configurationSchema.safeParse(value)
  if (!parsed.success) {
    const notes = parsed.error.issues.flatMap((issue) => {
      const path = issue.path.join('.')
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => `${path === '' ? key : `${path}.${key}`}: there is no such setting`)
      }
      const missing = issue.code === 'invalid_type' && issue.input === undefined
      return [
        `${path}: ${missing || path === 'url' ? `${issue.message} (see the table of settings in the README)` : issue.message}`,
      ]
    })
    throw new NodeError('config.invalid', { notes })
  }
  return parsed.data.strictmode
    ? applyStrictMode(parsed.data)
    : { configuration: parsed.data, notices: relaxations(parsed.data) }
}

/** What is insecure and cannot be forced stops the start; what can be forced is forced and said. */
function applyStrictMode(configuration: Configuration): LoadedConfiguration {
  const { url, keys, outbound, storage } = configuration
  const { protocol, hostname } = new URL(url)
  const faults: string[] = []
  if (protocol !== 'https:') faults.push('url: strictmode demands https')
  if (hostname === 'localhost' || isLoopbackAddress(hostname))
    faults.push('url: strictmode demands a host that others can reach')
  if (keys.passphrase === undefined && keys.passphraseFile === undefined) {
    faults.push('keys.passphraseFile: strictmode demands a passphrase for the private keys')
  }
  if (storage.url === 'memory:') faults.push('storage.url: strictmode demands a store that remembers')
  if (faults.length > 0) throw new NodeError('config.invalid', { notes: faults })
  if (!outbound.loopback) return { configuration, notices: [] }
  return {
    configuration: { ...configuration, outbound: { ...outbound, loopback: false } },
    notices: ['strictmode forced outbound.loopback from true to false'],
  }
}

function relaxations({ url, keys, outbound, storage }: Configuration): readonly string[] {
  return [
    'strictmode is off: this node is for development only',
    ...(url.startsWith('http:') ? ['allowed: an http url'] : []),
    ...(outbound.loopback ? ['allowed: calls over http to this machine'] : []),
    ...(keys.passphrase === undefined && keys.passphraseFile === undefined
      ? ['allowed: the passphrase of the keys lies beside them']
      : []),
    ...(storage.url === 'memory:' ? ['allowed: a store that forgets'] : []),
  ]
}
