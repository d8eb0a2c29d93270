import { readFile } from 'node:fs/promises'
import { packageFile } from '../../kernel/package-root.js'
import type { JsonObject } from '../credential.js'

/** Contexts by URL. */
export type Contexts = ReadonlyMap<string, JsonObject>

const jws2020 = 'lds-jws2020-v1.json'

/** The context of the credential types that nobody else publishes one for: the same in every node, and never fetched. */
export const bronnetContext = 'https://w3id.org/bronnet/credentials/v1'
/** Its text, in `schemas/contexts/`. */
export const bronnetContextFile = 'bronnet-v1.json'

/** Our own context, and our own writings of contexts that no package publishes: the same terms with the same meaning. */
const ownContexts: Readonly<Record<string, string>> = {
  [bronnetContext]: bronnetContextFile,
  'https://nuts.nl/credentials/v1': 'nuts-v1.json',
  'https://nuts.nl/credentials/2024': 'nuts-2024.json',
  'https://w3c-ccg.github.io/lds-jws2020/contexts/lds-jws2020-v1.json': jws2020,
  'https://w3id.org/security/suites/jws-2020/v1': jws2020,
}
const examplesUrl = 'https://www.w3.org/ns/credentials/examples/v2'

/** The URLs of all contexts that a node has; `examples` adds the one of the conformance profile. */
export function contextUrls({ examples }: { readonly examples: boolean }): ReadonlySet<string> {
  return new Set([...packagedUrls, ...Object.keys(ownContexts), ...(examples ? [examplesUrl] : [])])
}

const packagedUrls = [
  'https://www.w3.org/2018/credentials/v1',
  'https://www.w3.org/ns/credentials/v2',
  'https://w3id.org/security/data-integrity/v1',
  'https://w3id.org/security/data-integrity/v2',
  'https://w3id.org/security/multikey/v1',
  'https://w3id.org/vc/status-list/2021/v1',
  'https://www.w3.org/ns/did/v1',
]

/**
 * Reads every context that the node knows from its own disk; none is ever fetched. Later than start-up, because a node
 * that sees no linked data needs none of them.
 */
export async function loadContexts({ examples }: { readonly examples: boolean }): Promise<Contexts> {
  const packages = await Promise.all([
    import('@digitalbazaar/credentials-context'),
    import('@digitalbazaar/data-integrity-context'),
    import('@digitalbazaar/multikey-context'),
    import('@digitalbazaar/vc-status-list-context'),
    import('did-context'),
  ])
  const published = new Map(packages.flatMap(({ contexts }) => [...contexts]))
  const contexts = new Map<string, JsonObject>()
  for (const url of packagedUrls) {
    const context = published.get(url)
    if (context !== undefined) contexts.set(url, context)
  }
  for (const [url, file] of Object.entries(ownContexts)) contexts.set(url, await readContext(file))
  // Everything is a term there, so nothing is undefined: never outside the conformance profile.
  if (examples) contexts.set(examplesUrl, { '@context': { '@vocab': 'https://www.w3.org/ns/credentials/examples#' } })
  return contexts
}

async function readContext(file: string): Promise<JsonObject> {
  // A file of our own package.
  return JSON.parse(await readFile(packageFile('schemas', 'contexts', file), 'utf8')) as JsonObject
}
