import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import jsonld from 'jsonld'
import { sharedFile } from './shared.js'

const folder = sharedFile('shapes', 'dsp-2025-1') ?? ''
const root = 'https://w3id.org/dspace/2025/1/'

/** The published schemas by their path, such as `catalog/catalog-schema.json`: the faults of a value. */
export function createDspCheck(): (schema: string, value: unknown) => readonly string[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true })
  for (const part of ['catalog', 'common', 'negotiation', 'transfer']) {
    for (const file of readdirSync(join(folder, part)).filter((name) => name.endsWith('.json'))) {
      // Three of the published schemas leave a slash out of a reference.
      const text = readFileSync(join(folder, part, file), 'utf8').replaceAll('json#definitions/', 'json#/definitions/')
      ajv.addSchema(JSON.parse(text) as object)
    }
  }
  return (schema, value) => {
    const validate = ajv.getSchema(`${root}${schema}`)
    if (validate === undefined) throw new Error(`there is no schema ${schema}`)
    if (validate(value) === true) return []
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
  }
}

type Expanded = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> & {
  readonly '@id'?: string
  readonly '@type'?: readonly string[]
}

/** What a document says under whole IRIs. Nothing is fetched: the two contexts of the protocol are all that it may name. */
export async function expandDsp(document: unknown): Promise<Expanded> {
  const contexts: Readonly<Record<string, string>> = {
    [`${root}context.jsonld`]: 'dspace.jsonld',
    [`${root}odrl-profile.jsonld`]: 'odrl.jsonld',
  }
  const [expanded] = (await jsonld.expand(
    document as never,
    {
      documentLoader: (url: string) => {
        const file = contexts[url]
        if (file === undefined) return Promise.reject(new Error(`${url} is no context of the protocol`))
        const text = readFileSync(join(folder, 'context', file), 'utf8')
        return Promise.resolve({ contextUrl: undefined, documentUrl: url, document: JSON.parse(text) as object })
      },
    } as never,
  )) as readonly Expanded[]
  if (expanded === undefined) throw new Error('the document says nothing')
  return expanded
}
