import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEntry } from '../../node/audit/audit.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import type { FhirRecord } from '../../scripts/demo/fhir-search.js'
import { startFhirServer, type FhirServer } from '../../scripts/demo/fhir-server.js'
import { participants } from '../../scripts/demo/participants.js'
import type { Member, WorldOptions } from '../../scripts/demo/world.js'
import { bsnOf, fhirRecords, firstBsn } from './fhir-example.js'
import { accountOf } from './journal.js'
import { startRegion, type Region } from './region.js'

export type Pairs = readonly (readonly [string, string])[]

/** What a FHIR source answered, of whatever type. */
export interface FhirBody {
  readonly resourceType?: string
  readonly total?: number
  readonly link?: readonly { readonly relation: string; readonly url: string }[]
  readonly entry?: readonly { readonly fullUrl: string; readonly resource: Readonly<Record<string, unknown>> }[]
  readonly issue?: readonly { readonly code: string; readonly diagnostics?: string }[]
  readonly [member: string]: unknown
}

export interface FhirReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: FhirBody
}

export interface FhirCallOptions {
  readonly form?: Pairs
  readonly json?: string
  readonly method?: string
  readonly headers?: Record<string, string>
  /** The participant that asks; the zorgaanbieder unless given. */
  readonly as?: string
}

/** The region with a huisarts whose node stands in front of a FHIR server with its own credential. */
export interface FhirWorld {
  readonly region: Region
  readonly server: FhirServer
  /** The source as others know it. */
  readonly url: string
  readonly huisarts: Member
  /** What the server was asked, one line each. */
  readonly asked: string[]
  /** Registers that this person lets the zorgaanbieder read. */
  consent(bsn: string): Promise<void>
  /** As any program would, with a token that is not bound to a key. */
  call(path: string, options?: FhirCallOptions): Promise<FhirReply>
  search(type: string, form: Pairs, as?: string): Promise<FhirReply>
  account(work: () => Promise<unknown>): Promise<readonly AuditEntry['event'][]>
  end(): Promise<void>
}

export const fhirScope = 'huisartsen/patientsamenvatting:read'
const authorization = 'Bearer van-de-praktijk'

/** Starts it, with the consent of the first patient. */
export async function startFhirWorld(
  options: {
    /** Beside those of the demonstration. */
    readonly records?: readonly FhirRecord[]
    readonly configure?: WorldOptions['configure']
  } = {},
): Promise<FhirWorld> {
  const { records = [], configure } = options
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-fhir-'))
  const headerFile = join(directory, 'header')
  await writeFile(headerFile, `${authorization}\n`)
  const asked: string[] = []
  const onRequest = (line: string): void => void asked.push(line)
  const server = await startFhirServer({ port: 0, records: [...fhirRecords, ...records], authorization, onRequest })
  const participant = participants.find(({ name }) => name === 'huisarts')
  if (participant === undefined) throw new Error('no huisarts')
  const source = {
    name: 'dossier',
    kind: 'fhir' as const,
    schema: 'fhir-r4' as const,
    pack: 'patientsamenvatting',
    upstream: { url: server.url, headerFile },
  }
  const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
  const extra = [{ ...participant, sources: [source] }]
  const region = await startRegion({ clock, extra, ...(configure === undefined ? {} : { configure }) })
  const huisarts = region.world.member('huisarts')
  const url = huisarts.sources['dossier'] ?? ''
  const tokens = new Map<string, string>()

  async function tokenOf(name: string): Promise<string> {
    const known = tokens.get(name)
    if (known !== undefined) return known
    const path = `/internal/auth/v2/${name}/request-service-access-token`
    const wanted = { authorization_server: huisarts.authorizationServer, scope: fhirScope, token_type: 'Bearer' }
    const answer = await region.world.member(name).administrator.call('POST', path, wanted)
    const { access_token: token } = answer as { access_token: string }
    tokens.set(name, token)
    return token
  }

  async function call(path: string, options: FhirCallOptions = {}): Promise<FhirReply> {
    const { form, json, headers = {}, as = 'zorgaanbieder' } = options
    const body =
      form === undefined ? json : new URLSearchParams(form.map(([name, value]): [string, string] => [name, value]))
    const response = await fetch(`${url}${path}`, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      headers: {
        authorization: `Bearer ${await tokenOf(as)}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    const parsed = text === '' ? {} : (JSON.parse(text) as FhirBody)
    return { status: response.status, headers: response.headers, text, body: parsed }
  }

  async function consent(bsn: string): Promise<void> {
    const statement = { effect: 'permit', recipient: 'agb:06999901', purpose: 'ZORGVERLENING', from: '2026-11-01' }
    await huisarts.administrator.call('POST', '/internal/bronnet/v1/subjects/huisarts/consents', { bsn, statement })
  }

  await consent(firstBsn)
  return {
    region,
    server,
    url,
    huisarts,
    asked,
    consent,
    call,
    search: (type, form, as) => call(`/${type}/_search`, { form, ...(as === undefined ? {} : { as }) }),
    account: (work) => accountOf(huisarts, work),
    async end() {
      await region.end()
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export const idsOf = ({ entry = [] }: FhirBody): readonly string[] =>
  entry.map(({ resource }) => `${String(resource['resourceType'])}/${String(resource['id'])}`)

/** The first patient, as a search names it. */
export const person = ['patient.identifier', bsnOf(firstBsn)] as const
