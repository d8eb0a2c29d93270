import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { composeNode, type RunningNode } from '../../../node/compose.js'
import { checkConfiguration } from '../../../node/config.js'
import { didWebFor } from '../../../node/identity/did-web.js'
import { silentLog } from '../../../node/kernel/log.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import { randomId } from '../../../node/kernel/random.js'
import { discoveryDefinition } from '../../../scripts/demo/discovery-definition.js'
import type { PartyCatalogue } from '../../../schemas/catalogue.js'
import type { ConfigurationInput } from '../../../schemas/configuration.js'
import { createContractCheck, type CheckAnswer, type OpenApiDocument } from '../../support/openapi-contract.js'
import { freePorts } from '../../support/free-ports.js'

/** What a call was answered with. */
export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** The JSON of the body; `undefined` for an empty one. */
  readonly json: unknown
  readonly text: string
}

type Ask = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Reply>

/** A whole node that keeps everything in memory and speaks for three parties. */
export interface ComposedNode {
  readonly node: RunningNode
  readonly publicUrl: string
  /** DIDs by subject: `stelsel` issues memberships and hosts the list, `ciz` has the register, `noord` reads. */
  readonly dids: Readonly<Record<'stelsel' | 'ciz' | 'noord', string>>
  /** A call to the public listener. A text is sent as it stands, anything else as JSON. */
  readonly outside: Ask
  /** The same to the internal listener. */
  readonly inside: Ask
  /** Stops the node and removes its keys. */
  end(): Promise<void>
}

export const service = 'voorbeeld'

/** Starts the node on ports that the system picks. */
export async function startComposedNode({
  loopback = true,
  refusalsPerMinute = 600,
  catalogue,
  auth,
  ...changes
}: {
  readonly conformance?: boolean
  readonly policies?: { readonly directory?: string; readonly sandbox?: boolean }
  /** Of `ciz`, which has none unless given. */
  readonly catalogue?: PartyCatalogue
  readonly loopback?: boolean
  readonly refusalsPerMinute?: number
  /** How callers of the internal listener sign in; they do not unless given. */
  readonly auth?: NonNullable<NonNullable<ConfigurationInput['http']>['internal']>['auth']
} = {}): Promise<ComposedNode> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-composed-'))
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  const publicUrl = `http://localhost:${publicPort}`
  const ids = { stelsel: randomId(), ciz: randomId(), noord: randomId() }
  const dids = {
    stelsel: didWebFor(publicUrl, 'iam', ids.stelsel),
    ciz: didWebFor(publicUrl, 'iam', ids.ciz),
    noord: didWebFor(publicUrl, 'iam', ids.noord),
  }
  const endpoint = `${publicUrl}/discovery/${service}`
  await mkdir(join(directory, 'discovery'))
  await writeFile(
    join(directory, 'discovery', `${service}.json`),
    JSON.stringify(discoveryDefinition({ id: service, endpoint, issuer: dids.stelsel })),
  )
  const { configuration } = checkConfiguration({
    ...changes,
    strictmode: false,
    url: publicUrl,
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys'), passphrase: 'alleen voor deze test' },
    http: {
      public: { host: '127.0.0.1', port: publicPort, refusalsPerMinute },
      internal: { host: '127.0.0.1', port: internalPort, auth },
    },
    outbound: { loopback },
    trust: { LedenadministratieCredential: [dids.stelsel] },
    parties: [
      { subject: 'stelsel', id: ids.stelsel },
      {
        subject: 'ciz',
        id: ids.ciz,
        sources: [
          {
            name: 'indicatieregister',
            kind: 'register',
            schema: 'indicatieregister-2',
            pack: 'indicatieregister',
            seed: packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
          },
        ],
        catalogue,
      },
      { subject: 'noord', id: ids.noord },
    ],
    discovery: { definitions: join(directory, 'discovery'), server: [service], refreshSeconds: 600 },
  })
  const node = await composeNode({ configuration, log: silentLog, version: '0.0.0' })
  const internalUrl = `http://127.0.0.1:${internalPort}`
  const contractAt = async (path: string): Promise<CheckAnswer> => {
    const { json } = await asking(internalUrl)('GET', path)
    return createContractCheck(json as OpenApiDocument)
  }
  return {
    node,
    publicUrl,
    dids,
    outside: asking(publicUrl, await contractAt('/public-openapi.json')),
    inside: asking(internalUrl, await contractAt('/openapi.json')),
    async end() {
      await node.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Every answer is held against the OpenAPI document of its listener. */
function asking(base: string, check?: CheckAnswer): Ask {
  return async (method, path, body, headers = {}) => {
    const type = typeof body === 'string' ? {} : { 'content-type': 'application/json' }
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : type), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined
    const contentType = response.headers.get('content-type')
    expect(check?.({ method, path, status: response.status, contentType, json })).toBeUndefined()
    return { status: response.status, headers: response.headers, json, text }
  }
}

/** A refusal in the words of a problem; fails the test when it is in others. */
export function problem({ status, headers, json }: Reply): unknown {
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(json).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) })
  return json
}

/** The body of a membership that `stelsel` issues. */
export function membershipOf(dids: ComposedNode['dids'], changes: object = {}): Record<string, unknown> {
  return {
    type: 'LedenadministratieCredential',
    issuer: dids.stelsel,
    expirationDate: '2099-01-01T00:00:00Z',
    credentialSubject: {
      id: dids.noord,
      organization: { name: 'Zorgkantoor Noord', city: 'Noordstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' },
    },
    ...changes,
  }
}
