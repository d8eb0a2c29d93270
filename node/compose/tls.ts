import { readFile } from 'node:fs/promises'
import type { Listener } from '../http/listener.js'
import { createTlsOptions, checkServerIdentity, type ServerIdentity } from '../http/server-tls.js'
import type { TlsOptions } from 'node:tls'
import { readPem } from '../identity/client-certificate.js'
import { toRfc3339, type Clock, type Instant } from '../kernel/clock.js'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Configuration } from '../../schemas/configuration.js'

const dayMilliseconds = 86_400_000
const warnMilliseconds = 14 * dayMilliseconds
const path = 'http.public.tls'

/** The TLS that a node ends itself. */
export interface ServerTls {
  readonly options: TlsOptions
  /**
   * Looks at the files again: a certificate that was renewed is handed to `renew`. What cannot be used is logged, and the
   * certificate before it stays; so does a certificate whose key has not been written yet.
   */
  readonly refresh: (renew: (options: TlsOptions) => void) => Promise<void>
}

export interface ServerTlsDeps {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  /** Hears when the certificate in use ends. */
  readonly report: (expiresAt: Instant) => void
}

/**
 * Reads certificate and key of the public listener; `undefined` where the node ends no TLS.
 * @throws `config.invalid` for files that cannot be read or used, or that are not for the host of `http.public.tls.url`
 */
export async function openServerTls(deps: ServerTlsDeps): Promise<ServerTls | undefined> {
  const { configuration, clock, log, report } = deps
  const { tls } = configuration.http.public
  if (tls === undefined) return undefined
  const hostname = tls.url === undefined ? undefined : new URL(tls.url).hostname
  const asked = tls.clientCertificates ? { authorities: await readClientAuthorities(configuration) } : undefined
  let current = await readIdentity(tls)
  let { expiresAt } = check(current, hostname)
  let warnedAt: Instant | undefined
  const options = createTlsOptions(current, asked)
  const lookAtEnd = (): void => {
    const now = clock.now()
    report(expiresAt)
    if (expiresAt - now > warnMilliseconds || (warnedAt !== undefined && now - warnedAt < dayMilliseconds)) return
    warnedAt = now
    log.warn('the TLS certificate ends soon or has ended', { detail: toRfc3339(expiresAt) })
  }
  lookAtEnd()
  let refused: ServerIdentity | undefined
  return {
    options,
    async refresh(renew) {
      lookAtEnd()
      const read = await readIdentity(tls).catch((cause: unknown) => notUsed(log, cause))
      if (read === undefined || isSame(read, current) || (refused !== undefined && isSame(read, refused))) return
      try {
        ;({ expiresAt } = check(read, hostname))
        renew(createTlsOptions(read, asked))
        current = read
        warnedAt = undefined
        log.info('the TLS certificate was renewed', { detail: toRfc3339(expiresAt) })
        lookAtEnd()
      } catch (cause) {
        // Looked at again when one of the files changes.
        refused = read
        notUsed(log, cause)
      }
    },
  }
}

function isSame(one: ServerIdentity, other: ServerIdentity): boolean {
  return one.certificate === other.certificate && one.key === other.key
}

function notUsed(log: Log, cause: unknown): undefined {
  const notes = NodeError.is(cause) ? cause.notes : []
  log.error('the TLS certificate could not be renewed: the one before it stays', {
    code: NodeError.codeOf(cause),
    detail: notes.join('; '),
  })
  return undefined
}

function check(identity: ServerIdentity, hostname: string | undefined): { readonly expiresAt: Instant } {
  try {
    return checkServerIdentity(identity, hostname)
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    throw new NodeError(cause.code, { cause, notes: cause.notes.map((note) => `${path}: ${note}`) })
  }
}

async function readIdentity(tls: { readonly certificate: string; readonly key: string }): Promise<ServerIdentity> {
  const [certificate, key] = await Promise.all([
    readText(`${path}.certificate`, tls.certificate),
    readText(`${path}.key`, tls.key),
  ])
  return { certificate, key }
}

/**
 * Whose certificates clients may choose from: those by which the parties know them. None are named when some are known by
 * their fingerprint alone.
 */
async function readClientAuthorities({ parties }: Configuration): Promise<readonly string[]> {
  const faces = parties.flatMap(({ nid }) => (nid === undefined ? [] : [nid]))
  const files = faces.flatMap(({ authorities }) => authorities ?? [])
  if (files.length < faces.length) return []
  const texts = await Promise.all([...new Set(files)].map((file) => readText('parties[].nid.authorities', file)))
  return texts.flatMap(readPem).map(pemOf)
}

function pemOf(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

async function readText(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = systemCodeOf(cause) === 'ENOENT' ? 'does not exist' : 'cannot be read'
    throw new NodeError('config.invalid', { cause, notes: [`${setting}: ${file} ${why}`] })
  }
}

/** With TLS of the node itself, without it, or both, as the settings say. */
export async function listenPublic(
  listener: Listener,
  { http }: Configuration,
  tls: ServerTls | undefined,
): Promise<{ readonly port: number; readonly tlsPort?: number }> {
  const { host, port, tls: settings } = http.public
  if (tls === undefined) return listener.listen({ host, port })
  if (settings?.port === undefined) return listener.listenTls({ host: settings?.host ?? host, port }, tls.options)
  const { port: tlsPort } = await listener.listenTls({ host: settings.host ?? host, port: settings.port }, tls.options)
  return { ...(await listener.listen({ host, port })), tlsPort }
}
