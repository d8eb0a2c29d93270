import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, join } from 'node:path'
import { readDiscoveryDefinitions, type DiscoveryDefinition } from './catalogue/definition.js'
import { openFileKeyStore } from './identity/file-key-store.js'
import type { KeyStore } from './identity/key-store.js'
import { openVaultKvKeyStore } from './identity/vault-kv-key-store.js'
import { openVaultTransitKeyStore } from './identity/vault-transit-key-store.js'
import { openVault } from './identity/vault.js'
import { createAddressGuard, isLoopbackAddress, parseCidr } from './kernel/address-guard.js'
import { createBackground, type Background } from './kernel/background.js'
import type { Clock } from './kernel/clock.js'
import { NodeError, systemCodeOf, type ErrorCode } from './kernel/errors.js'
import type { Log } from './kernel/log.js'
import { createOutbound, type Outbound, type OutboundOptions } from './kernel/outbound.js'
import { randomToken } from './kernel/random.js'
import { Secret } from './kernel/secret.js'
import type { OpenedStore, OpenOptions } from './stores/contents.js'
import { requireFilled } from './stores/filling.js'
import { openLevelStore } from './stores/level.js'
import { createMemoryStore } from './stores/memory.js'
import { openPostgresStore } from './stores/postgres.js'
import { watchWrites, type WatchedStore } from './stores/watch-writes.js'
import type { Configuration } from '../schemas/configuration.js'

/** What a node holds as long as it runs. */
export interface Resources extends WatchedStore<OpenedStore> {
  readonly outbound: Outbound
  /** Also over plain http: only for what carries its own signature. */
  readonly signedOutbound: Outbound
  readonly keyStore: KeyStore
  readonly background: Background
  /** The way to the address that the operator names and to no other; closed with the rest. */
  readonly outboundTo: (address: string) => Outbound
  /** The way to peers that shows this certificate to every https server that asks; closed with the rest. */
  readonly outboundAs: (identity: NonNullable<OutboundOptions['clientCertificate']>) => Outbound
  /** Ends background work and calls out, then closes the store. */
  readonly release: () => Promise<void>
}

/** Opens them all, or none. @throws `store.*`, `config.invalid`, `identity.key_store_closed` */
export async function openResources(options: {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  readonly version: string
  /** Told of each run of a background job that failed. */
  readonly jobFailed?: (job: string) => void
}): Promise<Resources> {
  const { configuration, clock, log, version, jobFailed } = options
  // First, because they say what is wrong with the settings and hold nothing yet that would have to be closed.
  const outbound = openOutbound(configuration, version)
  const signedOutbound = openOutbound(configuration, version, { allowPlainHttp: 'signed' })
  const vaultOutbound = openVaultOutbound(configuration, version)
  const named: Outbound[] = []
  const outboundTo = (address: string): Outbound => {
    const way = openOutboundTo(address, configuration, version)
    named.push(way)
    return way
  }
  const outboundAs: Resources['outboundAs'] = (clientCertificate) => {
    const way = openOutbound(configuration, version, { clientCertificate })
    named.push(way)
    return way
  }
  const store = await openStore(configuration, clock, log)
  const background = createBackground({ log, ...(jobFailed === undefined ? {} : { failed: jobFailed }) })
  const release = async (): Promise<void> => {
    // First, so that work which waits for another node ends with its call.
    outbound.close()
    signedOutbound.close()
    vaultOutbound?.close()
    for (const way of named) way.close()
    await background.stop()
    await store.close()
    log.flush()
  }
  try {
    const keyStore = await openKeyStore(configuration, vaultOutbound)
    return { ...watchWrites(store), outbound, signedOutbound, keyStore, background, outboundTo, outboundAs, release }
  } catch (cause) {
    await release()
    throw cause
  }
}

/**
 * The store of a node.
 * @throws `store.*`; `config.invalid` for a database that cannot be used or a store that is only partly filled; with a
 *   note for the operator
 */
export async function openStore({ storage }: Configuration, clock: Clock, log: Log): Promise<OpenedStore> {
  const store = await openStoreAt(storage.url, { named: 'storage.url', clock, log })
  try {
    await requireFilled(store.records)
    return store
  } catch (cause) {
    await store.close()
    throw NodeError.is(cause) ? named('storage.url', cause) : cause
  }
}

/** The store at `url`; `named` is how the operator gave it. @throws as `openStore` */
export function openStoreAt(
  url: string,
  deps: { readonly named: string; readonly clock: Clock; readonly log: Log; readonly options?: OpenOptions },
): Promise<OpenedStore> {
  const { clock, log, options = {} } = deps
  if (url === 'memory:') return Promise.resolve(createMemoryStore({ clock }))
  if (!url.startsWith('level:')) {
    return openPostgresStore({ url: Secret.of(url), clock, log, options }).catch((cause: unknown) => {
      throw NodeError.is(cause) ? named(deps.named, cause) : cause
    })
  }
  const directory = join(levelDirectory(url), 'store')
  return openLevelStore({ directory, clock, log, options }).catch((cause: unknown) => {
    if (!NodeError.is(cause)) throw cause
    const advice = openingAdvice[cause.code]
    if (advice === undefined) throw named(`${deps.named}: ${directory}`, cause)
    const notes = [`${deps.named}: ${directory} ${advice}`, ...detailsOf(cause)]
    throw new NodeError(cause.code, { cause, notes })
  })
}

/** `cause` with notes that say which setting or option it is about. */
function named(name: string, cause: NodeError): NodeError {
  return new NodeError(cause.code, { cause, notes: cause.notes.map((note) => `${name}: ${note}`) })
}

/** What an operator can do about a store that does not open. */
const openingAdvice: Partial<Record<ErrorCode, string>> = {
  'store.locked': 'is open in another process. Stop that process, or give this node its own directory.',
  'store.damaged':
    'was changed from outside or has lost acknowledged writes. Keep a copy of it, then restore a backup.',
  'store.unavailable': 'cannot be read or written. Look at its permissions and at the space on the disk.',
}

/** Which part is damaged; of the others the advice says it all. */
function detailsOf(cause: unknown): readonly string[] {
  return NodeError.is(cause) && cause.code === 'store.damaged' ? cause.notes : []
}

function levelDirectory(storageUrl: string): string {
  return storageUrl.slice('level:'.length)
}

/** Without strict mode and without a passphrase, one is made beside the keys: no protection, but the same code path. */
export async function keySettings(
  configuration: Configuration,
): Promise<{ readonly directory: string; readonly passphrase: Secret }> {
  const { keys } = configuration
  const directory = keyDirectory(configuration)
  if (keys.passphrase !== undefined) return { directory, passphrase: Secret.of(keys.passphrase) }
  const file = keys.passphraseFile ?? (await makePassphraseFile(directory))
  try {
    const passphrase = (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
    if (passphrase.length < 12)
      throw new NodeError('config.invalid', {
        notes: ['keys.passphraseFile: the passphrase is shorter than 12 characters'],
      })
    return { directory, passphrase: Secret.of(passphrase) }
  } catch (cause) {
    if (NodeError.is(cause)) throw cause
    throw new NodeError('config.invalid', { cause, notes: [`keys.passphraseFile: ${file} cannot be read`] })
  }
}

/** The directory of checkpoints: beside the keys unless the settings name one, and so outside the store. */
export function checkpointDirectory(configuration: Configuration): string {
  return configuration.audit.checkpoints ?? join(dirname(keyDirectory(configuration)), 'checkpoints')
}

/** The directory of the private keys, where they are files. */
export function keyDirectory({ keys, storage }: Configuration): string {
  return keys.directory ?? join(storage.url.startsWith('level:') ? levelDirectory(storage.url) : '.', 'keys')
}

async function makePassphraseFile(directory: string): Promise<string> {
  const file = join(directory, 'passphrase')
  if (existsSync(file)) return file
  await mkdir(directory, { recursive: true, mode: 0o700 })
  // Whole before it has its name: another replica may read it at this moment.
  const aside = `${file}.${randomToken()}`
  await writeFile(aside, randomToken(), { flag: 'wx', mode: 0o600 })
  await link(aside, file).catch((cause: unknown) => {
    if (systemCodeOf(cause) !== 'EEXIST') throw cause
  })
  await rm(aside)
  return file
}

/** The discovery services that the node knows. @throws `config.invalid` when it is to host one that it does not know */
export async function readDefinitions({ discovery }: Configuration): Promise<readonly DiscoveryDefinition[]> {
  const definitions = discovery.definitions === undefined ? [] : await readDiscoveryDefinitions(discovery.definitions)
  const unknown = discovery.server.find((service) => !definitions.some(({ id }) => id === service))
  if (unknown === undefined) return definitions
  throw new NodeError('config.invalid', { notes: [`discovery.server: there is no definition of ${unknown}`] })
}

/** The way to Vault, when the keys live there. */
export function openVaultOutbound(configuration: Configuration, version: string): Outbound | undefined {
  const { store, vault } = configuration.keys
  if (store === 'file' || vault === undefined) return undefined
  return openOutboundTo(vault.address, configuration, version)
}

/**
 * The way to the address that the operator names and to no other, which may be a private one; https, unless it is on
 * this machine.
 */
export function openOutboundTo(url: string, { outbound }: Configuration, version: string): Outbound {
  const { protocol, hostname, port } = new URL(url)
  const address = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  const allowed = family === 0 ? ['0.0.0.0/0', '::/0'] : [`${address}/${family === 4 ? '32' : '128'}`]
  return createOutbound({
    guard: createAddressGuard({ allowed: allowed.map(parseCidr), denied: [] }),
    userAgent: `bronnet/${version}`,
    allowPlainHttp: 'loopback',
    allowReservedHosts: true,
    allowedPorts: [port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)],
    certificateAuthorities: readAuthorities(outbound),
  })
}

/** @throws `config.invalid`, or `identity.key_store_closed` with a note for the operator */
export async function openKeyStore(configuration: Configuration, outbound: Outbound | undefined): Promise<KeyStore> {
  const { store, vault: settings } = configuration.keys
  if (store === 'file') return openFileKeyStore(await keySettings(configuration))
  if (settings === undefined || outbound === undefined) {
    throw new NodeError('config.invalid', { notes: [`keys.vault: ${store} needs it`] })
  }
  const { address, tokenFile, namespace, prefix, version } = settings
  try {
    const vault = await openVault({ outbound, address, tokenFile, namespace })
    return store === 'vault-transit'
      ? await openVaultTransitKeyStore({ vault, mount: settings.mount ?? 'transit', prefix })
      : await openVaultKvKeyStore({ vault, mount: settings.mount ?? 'kv', version: version === 2 ? 2 : 1 })
  } catch (cause) {
    if (!NodeError.is(cause) || cause.code !== 'identity.key_store_closed') throw cause
    throw new NodeError(cause.code, { cause, notes: [`keys.vault: ${cause.detail ?? 'cannot be used'}`] })
  }
}

/** Every certificate of the files, checked to be one. @throws `config.invalid` */
export function readAuthorities({ certificateAuthorities }: Configuration['outbound']): readonly string[] {
  return certificateAuthorities.flatMap((file) => {
    try {
      const blocks =
        readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
      return blocks.length > 0 ? blocks.map((pem) => new X509Certificate(pem).toString()) : unusable(file)
    } catch (cause) {
      return unusable(file, cause)
    }
  })
}

function unusable(file: string, cause?: unknown): never {
  const why = systemCodeOf(cause) === 'ENOENT' ? 'does not exist' : 'holds no certificates that can be read'
  throw new NodeError('config.invalid', { cause, notes: [`outbound.certificateAuthorities: ${file} ${why}`] })
}

/** The node's way out to peers; `signed` lets plain http through for revocation lists. */
export function openOutbound(
  { outbound }: Configuration,
  version: string,
  { allowPlainHttp, clientCertificate }: Pick<OutboundOptions, 'allowPlainHttp' | 'clientCertificate'> = {},
): Outbound {
  const loopback = outbound.loopback ? ['127.0.0.0/8', '::1/128'] : []
  return createOutbound({
    guard: createAddressGuard({
      allowed: [...loopback, ...outbound.allowedNetworks].map(parseCidr),
      denied: outbound.deniedNetworks.map(parseCidr),
    }),
    userAgent: `bronnet/${version}`,
    timeoutMilliseconds: outbound.timeoutSeconds * 1000,
    certificateAuthorities: readAuthorities(outbound),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(outbound.loopback
      ? { allowPlainHttp: allowPlainHttp ?? 'loopback', allowedPorts: 'any', allowReservedHosts: true }
      : { allowPlainHttp: allowPlainHttp ?? 'never', allowedPorts: outbound.allowedPorts }),
  })
}

/** Which hosts are reached over plain http: those of this machine, in development. */
export function plainHttpFor({ outbound }: Configuration): (hostname: string) => boolean {
  return (hostname) =>
    outbound.loopback && (hostname === 'localhost' || hostname.endsWith('.localhost') || isLoopbackAddress(hostname))
}
