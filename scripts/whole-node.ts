import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeNode } from '../node/compose.js'
import { checkConfiguration } from '../node/config.js'
import { silentLog } from '../node/kernel/log.js'
import { packageFile } from '../node/kernel/package-root.js'
import type { ConfigurationInput } from '../schemas/configuration.js'

/** A node that offers everything there is, in memory, to read what it says of itself. Nobody can sign in there. */
export interface WholeNode {
  /** The JSON at a path of the internal listener that is open to anybody. */
  read(path: string): Promise<unknown>
  end(): Promise<void>
}

/** Starts it on a port that the system picks. `changes` are to its settings. */
export async function startWholeNode(changes: Partial<ConfigurationInput> = {}): Promise<WholeNode> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-whole-'))
  const authorizedKeysPath = join(directory, 'authorized_keys')
  await writeFile(authorizedKeysPath, '')
  const { configuration } = checkConfiguration({
    strictmode: false,
    conformance: true,
    url: 'http://localhost:8080',
    storage: { url: 'memory:' },
    keys: { directory: join(directory, 'keys'), passphrase: 'of a node that is gone in a second' },
    http: {
      public: {
        host: '127.0.0.1',
        port: 0,
        clientCertificate: { header: 'Client-Cert', proxies: ['127.0.0.1/32'] },
      },
      internal: { host: '127.0.0.1', port: 0, auth: { type: 'token_v2', authorizedKeysPath } },
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
  return {
    async read(path) {
      const answer = await fetch(`http://127.0.0.1:${String(node.internalPort)}${path}`)
      if (!answer.ok) throw new Error(`${path} is answered with ${String(answer.status)}`)
      return answer.json()
    },
    async end() {
      await node.stop()
      await rm(directory, { recursive: true, force: true })
    },
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
