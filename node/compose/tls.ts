import type { Listener } from '../http/listener.js'
import { createTlsOptions } from '../http/server-tls.js'
import type { TlsOptions } from 'node:tls'
import { readPem } from '../identity/client-certificate.js'
import type { Clock, Instant } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { Configuration } from '../../schemas/configuration.js'
import { readText } from './read-text.js'
import { watchIdentity } from './watch-identity.js'

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
  const identity = await watchIdentity({
    setting: path,
    files: tls,
    hostname,
    what: 'TLS certificate',
    clock,
    log,
    report,
  })
  return {
    options: createTlsOptions(identity.first, asked),
    refresh: (renew) => identity.refresh((renewed) => renew(createTlsOptions(renewed, asked))),
  }
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
