import { NodeError } from '../kernel/errors.js'
import { createCodeBook } from '../sources/codes/code-book.js'
import { createExplainCodes, type ExplainCodes } from '../sources/codes/explain-codes.js'
import { loadCodeFile, loadShippedCodes } from '../sources/codes/load-codes.js'
import { requireText, type RegisterDefinition } from '../sources/register/definition.js'
import type { SourceConfiguration } from '../../schemas/configuration.js'

/** Makes what explains the codes of a source, by the shipped lists and those of its settings. */
export type OpenSourceCodes = (
  configured: Pick<SourceConfiguration, 'name' | 'codes'>,
  definition: RegisterDefinition,
) => ExplainCodes

/**
 * Reads the shipped code lists, once, and makes what opens the codes of each source. Reads the disk: call it at start-up.
 *
 * What is made throws `config.invalid` for files that do not fit, and for fields that hold no text or have no list.
 * @param countUnmapped told the list of every code that could not be explained in full
 * @throws `config.invalid`
 */
export function createOpenSourceCodes(countUnmapped: (list: string) => void): OpenSourceCodes {
  const shipped = loadShippedCodes()
  const shippedBook = createCodeBook(shipped)
  return ({ name, codes: files = [] }, definition) => {
    if (files.length === 0) return createExplainCodes({ book: shippedBook, coded: definition.codes, countUnmapped })
    const loaded = files.map(({ file, fields }) => ({ fields, ...loadCodeFile(file) }))
    const book = createCodeBook({
      lists: [...shipped.lists, ...loaded.flatMap(({ list }) => list ?? [])],
      maps: [...shipped.maps, ...loaded.flatMap(({ map }) => map ?? [])],
      own: loaded.flatMap(({ own }) => own ?? []),
    })
    const coded = new Map(definition.codes)
    for (const { fields, own, list } of loaded) {
      const id = own?.list.id ?? list?.id
      for (const field of fields) {
        if (id === undefined)
          throw new NodeError('config.invalid', { notes: [`codes of source ${name}: a concept map is of no field`] })
        requireText(definition.schema, field)
        coded.set(field, [id, ...(coded.get(field) ?? [])])
      }
    }
    return createExplainCodes({ book, coded, countUnmapped })
  }
}
