import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeNode } from '../../node/compose.js'
import { checkConfiguration } from '../../node/config.js'
import { silentLog } from '../../node/kernel/log.js'
import { packageFile } from '../../node/kernel/package-root.js'
import type { ConfigurationInput } from '../../schemas/configuration.js'
import { freePorts } from './free-ports.js'
import type { OpenApiDocument } from './openapi-contract.js'

/** The descriptions of a node that offers everything there is. */
export interface OpenApiDocuments {
  readonly public: OpenApiDocument
  readonly internal: OpenApiDocument
}

/** Starts such a node, asks it, and stops it. `changes` are to its settings. */
export async function readOpenApiDocuments(changes: Partial<ConfigurationInput> = {}): Promise<OpenApiDocuments> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-openapi-'))
  // Nobody signs in: the descriptions are for everybody.
  await writeFile(join(directory, 'authorized_keys'), '')
  const [publicPort = 0, internalPort = 0] = await freePorts(2)
  const { configuration } = checkConfiguration({
    strictmode: false,
    conformance: true,
    url: `http://localhost:${publicPort}`,
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys'), passphrase: 'alleen voor deze test' },
    http: {
      public: {
        host: '127.0.0.1',
        port: publicPort,
        clientCertificate: { header: 'Client-Cert', proxies: ['127.0.0.1/32'] },
      },
      internal: {
        host: '127.0.0.1',
        port: internalPort,
        auth: { type: 'token_v2', authorizedKeysPath: join(directory, 'authorized_keys') },
      },
    },
    outbound: { loopback: true },
    discovery: { index: { public: true } },
    parties: [
      {
        subject: 'voorbeeld',
        sources: [
          {
            name: 'indicatieregister',
            kind: 'register',
            schema: 'indicatieregister-2',
            authorizations: true,
            pack: 'indicatieregister',
            seed: packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'),
          },
        ],
        notifications: {},
        nid: { known: [{ fingerprint: '0'.repeat(64), organization }] },
        catalogue: { name: 'Voorbeeld', contact: 'gegevens@voorbeeld.example', spatial: [netherlands] },
      },
    ],
    ...changes,
  })
  const node = await composeNode({ configuration, log: silentLog, version: '0.1.0' })
  try {
    const read = async (path: string): Promise<OpenApiDocument> =>
      (await (await fetch(`http://127.0.0.1:${internalPort}${path}`)).json()) as OpenApiDocument
    return { public: await read('/public-openapi.json'), internal: await read('/openapi.json') }
  } finally {
    await node.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

const netherlands = 'http://publications.europa.eu/resource/authority/country/NLD'
const organization = {
  name: 'Voorbeeld',
  city: 'Voorbeeldstad',
  role: 'zorgaanbieder',
  id_type: 'agb',
  id: '06999901',
} as const
