import { createHash } from 'node:crypto'
import { createTlsOptions, type ServerIdentity } from '../http/server-tls.js'
import type { Background } from '../kernel/background.js'
import type { Clock, Instant } from '../kernel/clock.js'
import type { Log } from '../kernel/log.js'
import type { CertifiedWay } from '../tokens/nid/call-by-certificate.js'
import type { Resources } from '../resources.js'
import type { Configuration } from '../../schemas/configuration.js'
import { watchIdentity } from './watch-identity.js'

const refreshEveryMilliseconds = 10_000

/** How the parties of this node call where they are known by a certificate. */
export interface ClientCertificates {
  /** With the certificate that counts now; `undefined` for a party that has none. */
  wayOf(party: string): CertifiedWay | undefined
}

/**
 * Reads the client certificates of the parties, and reads them again when they change: the next call shows the new one.
 * @throws `config.invalid` for files that cannot be read or used
 */
export async function openClientCertificates(deps: {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly log: Log
  readonly background: Background
  readonly outboundAs: Resources['outboundAs']
  /** Hears when the first of those in use ends. */
  readonly report: (end: Instant) => void
}): Promise<ClientCertificates> {
  const ways = new Map<string, CertifiedWay>()
  const ends = new Map<string, Instant>()
  const refreshing: (() => Promise<void>)[] = []
  for (const { subject, clientCertificate: files } of deps.configuration.parties) {
    if (files === undefined) continue
    // A way that was replaced ends its calls by itself, and its connections when they are quiet.
    const use = (identity: ServerIdentity): void => {
      // Refuses a pair that TLS cannot use, before anything is replaced by it.
      createTlsOptions(identity, undefined)
      const { certificate: cert, key } = identity
      const outbound = deps.outboundAs({ cert, key })
      ways.set(subject, { outbound, certificate: createHash('sha256').update(cert).digest('hex') })
    }
    const identity = await watchIdentity({
      ...deps,
      setting: `parties: clientCertificate of ${subject}`,
      files,
      what: `client certificate of ${subject}`,
      report(end) {
        ends.set(subject, end)
        deps.report(Math.min(...ends.values()))
      },
    })
    use(identity.first)
    refreshing.push(() => identity.refresh(use))
  }
  if (refreshing.length > 0)
    deps.background.every({
      job: 'client certificates',
      intervalMilliseconds: refreshEveryMilliseconds,
      run: async () => {
        for (const refresh of refreshing) await refresh()
      },
    })
  return { wayOf: (party) => ways.get(party) }
}
