import { LRUCache } from 'lru-cache'
import type { PublishedFile } from '../../catalogue/published-file.js'
import { packSchema } from '../../../schemas/pack.js'
import { discoveryDefinitionSchema } from '../../../schemas/wire/discovery.js'
import type { ShownRules } from '../../catalogue/pages.js'

/** People look at few offers at a time. */
const maxKept = { max: 32, maxSize: 4 * 1024 * 1024 }

/** The rules in a published file; `undefined` for one of another form than this version of the node knows. */
export type ReadRules = (file: Pick<PublishedFile, 'text'>) => ShownRules | undefined

/** Reads rules for pages, each text once as long as it is looked at. What comes out is shared: nobody changes it. */
export function createReadRules(): ReadRules {
  const known = new LRUCache<string, { readonly rules: ShownRules | undefined }>({
    ...maxKept,
    sizeCalculation: (_rules, text) => Math.max(1, text.length),
  })
  return ({ text }) => {
    const found = known.get(text)
    if (found !== undefined) return found.rules
    const rules = parseRules(text)
    known.set(text, { rules })
    return rules
  }
}

/** Rules of an earlier version of the node may have another form: then their page shows the offer alone. */
function parseRules(text: string): ShownRules | undefined {
  try {
    const json: unknown = JSON.parse(text)
    const pack = packSchema.safeParse(json).data
    if (pack !== undefined) return { pack }
    const definition = discoveryDefinitionSchema.safeParse(json).data
    return definition && { definition }
  } catch {
    // Not JSON: as for any other form that is not known here.
    return undefined
  }
}
