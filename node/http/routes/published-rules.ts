import { LRUCache } from 'lru-cache'
import type { PublishedFile } from '../../catalogue/published-file.js'
import { packSchema, type PackData } from '../../../schemas/pack.js'

/** People look at few offers at a time. */
const maxKept = { max: 32, maxSize: 4 * 1024 * 1024 }

/** The rules in a published file; `undefined` for one of another form than this version of the node knows. */
export type ReadRules = (file: Pick<PublishedFile, 'text'>) => PackData | undefined

/** Reads rules for pages, each text once as long as it is looked at. What comes out is shared: nobody changes it. */
export function createReadRules(): ReadRules {
  const known = new LRUCache<string, { readonly rules: PackData | undefined }>({
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

/** A pack of an earlier version of the node may have another form: then its page shows the offer alone. */
function parseRules(text: string): PackData | undefined {
  try {
    return packSchema.safeParse(JSON.parse(text)).data
  } catch {
    // Not JSON: as for any other form that is not known here.
    return undefined
  }
}
