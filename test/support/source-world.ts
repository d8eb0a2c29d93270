import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { createFixedClock, type MovableClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { AuditEvent } from '../../node/audit/event.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { freePorts } from './free-ports.js'
import { makeCertificate, type TestCertificate } from './x509-chain.js'

type Party = NonNullable<ConfigurationInput['parties']>[number]
type Source = NonNullable<Party['sources']>[number]

/** Who asks, with the identifier by which the node knows it. */
export const askers = {
  zorgkantoor: { name: 'Zorgkantoor Noord', city: 'Noordstad', role: 'zorgkantoor', id_type: 'uzovi', id: '5999' },
  zorgaanbieder: {
    name: 'Zorgaanbieder De Proeftuin',
    city: 'Voorbeeldstad',
    role: 'zorgaanbieder',
    id_type: 'agb',
    id: '06999901',
  },
  softwarehuis: {
    name: 'Softwarehuis Voorbeeld',
    city: 'Voorbeeldstad',
    role: 'softwareleverancier',
    id_type: 'kvk',
    id: '90000380',
  },
} as const
export type Asker = keyof typeof askers

const scopes: Readonly<Record<string, string>> = {
  indicatieregister: 'registers/wlzindicatieregister/indicaties/indicatie:read',
  bemiddelingsregister: 'registers/wlzbemiddelingsregister/bemiddelingen/bemiddeling:read',
  schemavragen: 'registers/wlzindicatieregister/indicaties/indicatie:read',
}

export interface SourceReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** A node of one party with the given sources, which knows the askers by certificate. */
export interface SourceWorld {
  readonly clock: MovableClock
  urlOf(source: string): string
  /** A token for one source, under the scope of its pack. */
  tokenFor(asker: Asker, source: string, scope?: string): Promise<string>
  /** Sends a query by POST with a token of `asker`; a text is sent as it is. */
  ask(asker: Asker, source: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<SourceReply>
  call(url: string, init: RequestInit): Promise<SourceReply>
  journal(): Promise<readonly AuditEvent[]>
  end(): Promise<void>
}

export async function startSourceWorld(sources: readonly Source[]): Promise<SourceWorld> {
  const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-source-'))
  const policies = join(directory, 'policies')
  await writePacks(policies)
  const authority = makeCertificate({ isAuthority: true, keyUsage: 0x60 })
  await writeFile(join(directory, 'authorities.pem'), pemOf(authority))
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  const url = `http://localhost:${String(publicPort)}`
  const serialOf = (asker: Asker): string => `2000999900000${String(Object.keys(askers).indexOf(asker))}`
  const { configuration } = checkConfiguration({
    strictmode: false,
    url,
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys'), passphrase: 'alleen voor deze test' },
    policies: { directory: policies },
    http: {
      public: {
        host: '127.0.0.1',
        port: publicPort,
        clientCertificate: { header: 'X-Client-Cert', proxies: ['127.0.0.1/32'] },
        refusalsPerMinute: 100_000,
      },
      internal: { host: '127.0.0.1', port: internalPort },
    },
    outbound: { loopback: true },
    parties: [
      {
        subject: 'ciz',
        sources: [...sources],
        nid: {
          authorities: join(directory, 'authorities.pem'),
          known: (Object.keys(askers) as Asker[]).map((asker) => ({
            serial: serialOf(asker),
            organization: askers[asker],
          })),
        },
      },
    ],
  })
  const node = await composeNode({ configuration, log: silentLog, version: 'test', clock })
  const certificates = new Map(
    (Object.keys(askers) as Asker[]).map((asker) => [
      asker,
      encodeURIComponent(
        pemOf(makeCertificate({ issuer: authority, keyUsage: 0x01, subject: { '2.5.4.5': serialOf(asker) } })),
      ),
    ]),
  )
  const urlOf = (source: string): string => `${url}/sources/ciz/${source}/graphql`
  const packOf = new Map(sources.map(({ name, pack }) => [name, pack]))
  const tokens = new Map<string, Promise<string>>()

  async function requestToken(asker: Asker, source: string, scope: string): Promise<string> {
    const reply = await call(`${url}/nid/ciz/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-client-cert': certificates.get(asker) ?? '' },
      body: JSON.stringify({ grant_type: 'client_credentials', scope, audience: urlOf(source) }),
    })
    if (reply.status !== 200) throw new Error(`no token: ${reply.text}`)
    return (JSON.parse(reply.text) as { access_token: string }).access_token
  }

  function tokenFor(asker: Asker, source: string, scope = scopes[packOf.get(source) ?? ''] ?? ''): Promise<string> {
    const key = [asker, source, scope].join(' ')
    const known = tokens.get(key) ?? requestToken(asker, source, scope)
    tokens.set(key, known)
    return known
  }

  return {
    clock,
    urlOf,
    tokenFor,
    call,
    async ask(asker, source, body, headers = {}) {
      return call(urlOf(source), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await tokenFor(asker, source)}`,
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    },
    async journal() {
      const { text } = await call(`http://127.0.0.1:${String(internalPort)}/internal/bronnet/v1/audit?limit=1000`, {})
      const { entries } = JSON.parse(text) as { entries: readonly { event: AuditEvent }[] }
      return entries.map(({ event }) => event).filter(({ code }) => code !== 'audit.read')
    },
    async end() {
      await node.stop()
      await rm(directory, { recursive: true })
    },
  }
}

/** The shipped packs, and one that lets members of the network ask about the schema and nothing else. */
async function writePacks(policies: string): Promise<void> {
  await mkdir(join(policies, 'schemavragen'), { recursive: true })
  for (const name of ['indicatieregister', 'bemiddelingsregister'])
    await symlink(packageFile('policies', name), join(policies, name))
  const text = await readFile(packageFile('policies', 'indicatieregister', 'pack.json'), 'utf8')
  const {
    scopes: shipped,
    rules,
    ...pack
  } = JSON.parse(text) as {
    readonly scopes: readonly { readonly scope: string }[]
    readonly rules: readonly { readonly wat: object }[]
  }
  const [membership] = shipped
  const [rule] = rules
  const about = (operation: string) => ({
    ...rule,
    id: operation === '__type' ? 'SCHEMA-TYPE' : 'SCHEMA-NAAM',
    wat: { action: 'QUERY', operation, type: 'Query', paths: { '': ['name'] } },
  })
  const own = {
    ...pack,
    id: 'schemavragen',
    scopes: [membership],
    rules: ['__typename', '__type'].map(about),
    sets: {},
    authorizations: [],
  }
  await writeFile(join(policies, 'schemavragen', 'pack.json'), JSON.stringify(own))
}

async function call(url: string, init: RequestInit): Promise<SourceReply> {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

function pemOf({ der }: TestCertificate): string {
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}
