import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { parse as parseYaml, YAMLParseError } from 'yaml'
import { findContradictions } from './config-contradictions.js'
import { isLoopbackAddress } from './kernel/address-guard.js'
import { NodeError, systemCodeOf } from './kernel/errors.js'
import { explainFaults } from '../schemas/configuration-faults.js'
import { configurationFields, type ConfigurationField } from '../schemas/configuration-fields.js'
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
/** What begin variables by which commands sign in. */
const signInPrefix = 'BRONNET_SIGN_IN_'

/**
 * Loads the configuration: defaults, then the YAML file, then environment variables.
 * @throws `config.invalid` with one note per fault
 */
export async function loadConfiguration(options: {
  readonly file: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}): Promise<LoadedConfiguration> {
  const fromFile = options.file === undefined ? {} : await readYaml(options.file)
  const { value, variables, faults } = applyEnvironment(fromFile, options.environment)
  return check(value, variables, faults)
}

async function readYaml(file: string): Promise<Record<string, unknown>> {
  const value = parseText(await readText(file), file)
  if (value === null || value === undefined) return {}
  if (!isMapping(value)) throw invalid([`${file}: must hold a mapping of settings`])
  return { ...value }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const code = systemCodeOf(cause)
    throw invalid([`${file}: ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown'})`}`])
  }
}

/** Says where the fault is and not what stands there: a line of the file may hold the passphrase. */
function parseText(text: string, file: string): unknown {
  try {
    return parseYaml(text, { logLevel: 'error' })
  } catch (error) {
    const start = error instanceof YAMLParseError ? error.linePos?.[0] : undefined
    const where = start === undefined ? '' : ` at line ${start.line}, column ${start.col}`
    throw invalid([`${file}: is not YAML${where} (${systemCodeOf(error) ?? 'unknown'})`])
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface AppliedEnvironment {
  readonly value: Record<string, unknown>
  /** Which variable a setting came from, by its path. */
  readonly variables: ReadonlyMap<string, string>
  readonly faults: readonly string[]
}

function applyEnvironment(
  base: Record<string, unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): AppliedEnvironment {
  const value = structuredClone(base)
  const variables = new Map<string, string>()
  const faults: string[] = []
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || text === undefined) continue
    if (otherVariables.has(variable) || variable.startsWith(signInPrefix)) continue
    const field = configurationFields.find((candidate) => candidate.variable === variable)
    if (field === undefined) {
      faults.push(
        `${variable}: there is no such setting${isOnlyInFile(variable) ? ' for a variable; it goes in the file' : ''}`,
      )
      continue
    }
    variables.set(field.path, variable)
    setAt(value, field.path.split('.'), parseVariable(field, text))
  }
  return { value, variables, faults }
}

function isOnlyInFile(variable: string): boolean {
  return configurationFields.some(
    (field) => field.variable === undefined && `${prefix}${field.path.replaceAll('.', '_').toUpperCase()}` === variable,
  )
}

/** What stands in the way and is no mapping stays, so that the schema names the fault. */
function setAt(target: Record<string, unknown>, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[name] = value
    return
  }
  const present = target[name]
  if (present !== undefined && present !== null && !isMapping(present)) return
  const child: Record<string, unknown> = { ...present }
  target[name] = child
  setAt(child, rest, value)
}

/** Text that does not fit its kind stays text, so that the schema names the fault. */
function parseVariable({ kind, items }: ConfigurationField, text: string): unknown {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (kind === 'number') return parseNumber(text)
  if (kind !== 'list') return text
  const parts = text === '' ? [] : text.split(',').map((item) => item.trim())
  return items === 'number' ? parts.map(parseNumber) : parts
}

function parseNumber(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

/**
 * Checks a configuration given as a value, and applies strict mode.
 * @throws `config.invalid` with one note per fault
 */
export function checkConfiguration(value: unknown): LoadedConfiguration {
  return check(value, new Map(), [])
}

function check(
  value: unknown,
  variables: ReadonlyMap<string, string>,
  earlier: readonly string[],
): LoadedConfiguration {
  // The input is only looked at for being there; no fault quotes it.
  const parsed = configurationSchema.safeParse(value, { reportInput: true })
  const faults = parsed.success ? findContradictions(parsed.data) : explainFaults(parsed.error.issues, variables)
  if (!parsed.success || earlier.length + faults.length > 0) throw invalid([...earlier, ...faults])
  return parsed.data.strictmode
    ? applyStrictMode(parsed.data)
    : { configuration: parsed.data, notices: relaxations(parsed.data) }
}

function invalid(notes: readonly string[]): NodeError {
  return new NodeError('config.invalid', { notes })
}

/** What is insecure and cannot be forced stops the start; what can be forced is forced and said. */
function applyStrictMode(configuration: Configuration): LoadedConfiguration {
  const { url, keys, outbound, storage, conformance } = configuration
  const { protocol, hostname } = new URL(url)
  const faults: string[] = []
  if (protocol !== 'https:') faults.push('url: strictmode demands https')
  if (!isPublicName(hostname)) faults.push('url: strictmode demands a host name that others can reach, not an address')
  const { tls } = configuration.http.public
  if (tls?.url !== undefined && !isPublicName(new URL(tls.url).hostname)) {
    faults.push('http.public.tls.url: strictmode demands a host name that others can reach, not an address')
  }
  if (keys.store === 'file' && keys.passphrase === undefined && keys.passphraseFile === undefined) {
    faults.push('keys.passphraseFile: strictmode demands a passphrase for the private keys')
  }
  if (storage.url === 'memory:') faults.push('storage.url: strictmode demands a store that remembers')
  if (configuration.audit.retentionYears < 5) faults.push('audit.retentionYears: strictmode demands five years or more')
  if (configuration.policies.sandbox)
    faults.push('policies.sandbox: strictmode refuses rules that wait for a change of law')
  if (configuration.parties.some(({ sources }) => sources.some(({ graphql }) => graphql.introspection)))
    faults.push('parties.sources.graphql.introspection: strictmode refuses answers about the schema of a source')
  if (isExposed(configuration) && configuration.http.internal.auth === undefined)
    faults.push(
      'http.internal.auth: strictmode demands sign-in, because http.internal.host is no loopback address; type none says that something else keeps strangers out',
    )
  if (conformance) faults.push('conformance: strictmode refuses the conformance profile, which is for test networks')
  if (faults.length > 0) throw invalid(faults)
  const exposed = exposure(configuration)
  if (!outbound.loopback) return { configuration, notices: exposed }
  return {
    configuration: { ...configuration, outbound: { ...outbound, loopback: false } },
    notices: ['strictmode forced outbound.loopback from true to false', ...exposed],
  }
}

/** Does not ask the name server. @see did:web: "The domain name ... MUST NOT include IP addresses" */
function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '')
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) !== 0
  return !isAddress && name !== 'localhost' && !name.endsWith('.localhost')
}

function isExposed({ http }: Configuration): boolean {
  const { host } = http.internal
  return host !== 'localhost' && !isLoopbackAddress(host)
}

/** What others on the network can do at the internal listener. */
function exposure(configuration: Configuration): readonly string[] {
  if (!isExposed(configuration)) return []
  const where = 'http.internal.host is no loopback address'
  return configuration.http.internal.auth?.type === 'token_v2'
    ? [`${where}, and that port speaks no TLS: let a proxy or the network encrypt it, or tokens can be seen on the way`]
    : [`${where}: whoever reaches that port administers this node`]
}

function relaxations(configuration: Configuration): readonly string[] {
  const { url, keys, outbound, storage, conformance } = configuration
  return [
    'strictmode is off: this node is for development only',
    ...(url.startsWith('http:') ? ['allowed: an http url'] : []),
    ...(outbound.loopback ? ['allowed: calls over http to this machine'] : []),
    ...(keys.store === 'file' && keys.passphrase === undefined && keys.passphraseFile === undefined
      ? ['allowed: the passphrase of the keys lies beside them']
      : []),
    ...(storage.url === 'memory:' ? ['allowed: a store that forgets'] : []),
    ...(configuration.parties.some(({ sources }) => sources.some(({ graphql }) => graphql.introspection))
      ? ['allowed: questions about the schema of a source']
      : []),
    ...(configuration.policies.sandbox ? ['allowed: rules that wait for a change of law'] : []),
    ...(conformance ? ['allowed: the context of examples in the VC-API, where every term counts as defined'] : []),
    ...exposure(configuration),
  ]
}
