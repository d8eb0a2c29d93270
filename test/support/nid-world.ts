import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import type { AuditEvent } from '../../node/audit/event.js'
import { createOutsider, type Outsider } from './outsider.js'
import { freePorts } from './free-ports.js'
import { createTestCertificate } from './test-certificates.js'
import { zorgkantoor } from './token-world.js'
import { makeCertificate, pemOf, toClient, type TestCertificate } from './x509-chain.js'

type Party = NonNullable<ConfigurationInput['parties']>[number]
type Nid = NonNullable<Party['nid']>

export const indicatieScope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
export const zorgaanbieder = {
  name: 'Zorgaanbieder De Proeftuin',
  city: 'Voorbeeldstad',
  role: 'zorgaanbieder',
  id_type: 'agb',
  id: '06999901',
} as const
export const serials = { zorgkantoor: '20009999000001', vendor: '20009999000002', nobody: '20009999000003' } as const

/** What a call was answered with. */
export interface NidReply {
  readonly status: number
  readonly headers: Headers
  readonly json: unknown
}

/** A node with the register and the token request of the iWlz afsprakenstelsel; this process is the proxy in front. */
export interface NidWorld {
  readonly clock: MovableClock
  /** The URL of the source, which is the audience. */
  readonly audience: string
  readonly tokenUrl: string
  /** The same node over its own TLS, which asks for certificates; with `tls` only. */
  readonly tls: {
    readonly url: string
    readonly port: number
    /** Who issued its certificate, PEM. */
    readonly ca: string
    /** A certificate with this number, and its key. */
    clientOf(serial: string): { readonly cert: string; readonly key: string }
    /** As `clientOf`, of somebody else than the authority. */
    readonly forged: { readonly cert: string; readonly key: string }
  }
  readonly stelselbeheerder: Outsider
  readonly member: Outsider
  /** The header for a certificate with this number, valid until the given moment. */
  certificate(serial: string, until?: string): string
  /** The header for a certificate that the node knows by its fingerprint, of who has a membership. */
  readonly pinned: string
  /** The header for a certificate with the number of the zorgkantoor that somebody made himself. */
  readonly forged: string
  /** A token request, as JSON unless `body` is a text. */
  ask(body: unknown, headers?: Readonly<Record<string, string>>): Promise<NidReply>
  /** Reads the indicatie of the zorgkantoor. */
  read(token: string, headers?: Readonly<Record<string, string>>): Promise<NidReply>
  introspect(token: string): Promise<Record<string, unknown>>
  /** Lets another key of the party sign, now. */
  rotateKey(): Promise<void>
  inside(method: string, path: string, body: string): Promise<NidReply>
  journal(): Promise<readonly AuditEvent[]>
  metrics(): Promise<string>
  end(): Promise<void>
}

export async function startNidWorld(
  changes: {
    readonly nid?: Partial<Nid>
    readonly proxies?: readonly string[]
    readonly clientAddressHeader?: string
    readonly tls?: boolean
  } = {},
): Promise<NidWorld> {
  const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-nid-'))
  const [publicPort = 0, internalPort = 0, tlsPort = 0] = await freePorts(3)
  const url = `http://localhost:${String(publicPort)}`
  const authority = makeCertificate({ isAuthority: true, keyUsage: 0x60 })
  const pinned = makeCertificate({ issuer: authority, keyUsage: 0x01 })
  const stelselbeheerder = createOutsider(clock)
  const member = createOutsider(clock)
  const subject = { id: member.did, organization: { ...zorgkantoor, id: '5998', name: 'Zorgkantoor Zuid' } }
  await writeFile(join(directory, 'authorities.pem'), pemOf(authority))
  await writeFile(join(directory, 'lid.jwt'), stelselbeheerder.issue({ type: 'LedenadministratieCredential', subject }))
  const tlsUrl = `https://localhost:${String(tlsPort)}`
  const issuer = { commonName: 'test', certificate: createTestCertificate({ commonName: 'test' }) }
  const server = createTestCertificate({ commonName: 'node', issuer, dnsNames: ['localhost'] })
  const files = { certificate: join(directory, 'chain.pem'), key: join(directory, 'key.pem') }
  await writeFile(files.certificate, server.cert)
  await writeFile(files.key, server.key)
  const { configuration } = checkConfiguration({
    strictmode: false,
    url,
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys'), passphrase: 'alleen voor deze test' },
    http: {
      public: {
        host: '127.0.0.1',
        port: publicPort,
        clientCertificate: { header: 'X-Client-Cert', proxies: [...(changes.proxies ?? ['127.0.0.1/32'])] },
        refusalsPerMinute: 100_000,
        clientAddressHeader: changes.clientAddressHeader,
        ...(changes.tls === true ? { tls: { ...files, port: tlsPort, url: tlsUrl, clientCertificates: true } } : {}),
      },
      internal: { host: '127.0.0.1', port: internalPort },
    },
    outbound: { loopback: true },
    trust: { LedenadministratieCredential: [stelselbeheerder.did] },
    parties: [
      {
        subject: 'ciz',
        sources: [
          {
            name: 'indicatieregister',
            kind: 'register',
            schema: 'indicatieregister-2',
            pack: 'indicatieregister',
            seed: packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
          },
        ],
        nid: {
          authorities: join(directory, 'authorities.pem'),
          known: [
            { serial: serials.zorgkantoor, organization: { ...zorgkantoor, id_type: 'uzovi' } },
            {
              serial: serials.vendor,
              organization: {
                name: 'Softwarehuis Voorbeeld',
                city: 'Voorbeeldstad',
                role: 'softwareleverancier',
                id_type: 'kvk',
                id: '90000380',
              },
              actsFor: [
                { id_type: 'agb', id: '06999901', consent: 'toestemming-1' },
                { id_type: 'uzovi', id: '5998', consent: 'toestemming-2' },
                { id_type: 'uzovi', id: '5997', consent: 'toestemming-3' },
              ],
            },
            { organization: zorgaanbieder },
            { fingerprint: fingerprintOf(pinned), membership: join(directory, 'lid.jwt') },
          ],
          ...changes.nid,
        },
      },
      { subject: 'zonder' },
    ],
  })
  const node = await composeNode({ configuration, log: silentLog, version: 'test', clock })
  const internal = `http://127.0.0.1:${String(internalPort)}`
  const audience = `${url}/sources/ciz/indicatieregister/graphql`
  const tokenUrl = `${url}/nid/ciz/auth/token`
  const json = { 'content-type': 'application/json' }
  return {
    clock,
    audience,
    tokenUrl,
    tls: {
      url: tlsUrl,
      port: tlsPort,
      ca: issuer.certificate.cert,
      clientOf: (serial) =>
        toClient(makeCertificate({ issuer: authority, keyUsage: 0x01, subject: { '2.5.4.5': serial } })),
      forged: toClient(makeCertificate({ keyUsage: 0x01, subject: { '2.5.4.5': serials.zorgkantoor } })),
    },
    stelselbeheerder,
    member,
    certificate: (serial, until) =>
      headerOf(
        makeCertificate({
          issuer: authority,
          keyUsage: 0x01,
          subject: { '2.5.4.5': serial },
          ...(until === undefined ? {} : { until }),
        }),
      ),
    pinned: headerOf(pinned),
    forged: headerOf(makeCertificate({ keyUsage: 0x01, subject: { '2.5.4.5': serials.zorgkantoor } })),
    ask: (body, headers = {}) =>
      call('POST', tokenUrl, typeof body === 'string' ? body : JSON.stringify(body), { ...json, ...headers }),
    read: (token, headers = {}) =>
      call('POST', audience, JSON.stringify(indicatieOf('5999')), {
        ...json,
        authorization: `Bearer ${token}`,
        ...headers,
      }),
    async introspect(token) {
      const form = new URLSearchParams({ token }).toString()
      const reply = await call('POST', `${internal}/internal/auth/v2/accesstoken/introspect`, form, {
        'content-type': 'application/x-www-form-urlencoded',
      })
      return reply.json as Record<string, unknown>
    },
    async rotateKey() {
      const keys = `${internal}/internal/bronnet/v1/subjects/ciz/keys`
      const added = (await call('POST', keys, '{}', json)).json as { keyId: string }
      await call(
        'POST',
        `${keys}/${encodeURIComponent(added.keyId.split('#')[1] ?? '')}/promote?force=true`,
        undefined,
        {},
      )
    },
    inside: (method, path, body) =>
      call(method, `${internal}${path}`, body, { 'content-type': 'application/x-www-form-urlencoded' }),
    async journal() {
      const { json: page } = await call('GET', `${internal}/internal/bronnet/v1/audit?limit=1000`, undefined, {})
      const { entries } = page as { entries: readonly { event: AuditEvent }[] }
      return entries.map(({ event }) => event).filter(({ code }) => code !== 'audit.read')
    },
    metrics: async () => (await fetch(`${internal}/metrics`)).text(),
    async end() {
      await node.stop()
      await rm(directory, { recursive: true })
    },
  }
}

function indicatieOf(uzovi: string): object {
  return {
    query: `query($id: UUID!, $uzovi: String!) {
      wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { bsn }
    }`,
    variables: { id: loadExamples().wlzindicatieID, uzovi },
  }
}

async function call(
  method: string,
  url: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<NidReply> {
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) }
}

/** As nginx writes it. */
function headerOf(certificate: TestCertificate): string {
  return encodeURIComponent(pemOf(certificate))
}

function fingerprintOf({ der }: TestCertificate): string {
  return createHash('sha256').update(der).digest('hex')
}
