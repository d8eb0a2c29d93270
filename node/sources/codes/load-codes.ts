import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import {
  codeListSchema,
  conceptMapSchema,
  ownCodesSchema,
  type CodeList,
  type ConceptMap,
  type OwnCodes,
} from '../../../schemas/codes.js'
import { NodeError } from '../../kernel/errors.js'
import { packageFile } from '../../kernel/package-root.js'

/**
 * Reads the code lists and concept maps that are shipped in `schemas/codes/`. Reads the disk: call it at start-up.
 * @throws `config.invalid`
 */
export function loadShippedCodes(): { readonly lists: readonly CodeList[]; readonly maps: readonly ConceptMap[] } {
  const directory = packageFile('schemas', 'codes')
  const lists: CodeList[] = []
  const maps: ConceptMap[] = []
  for (const file of readdirSync(directory).sort()) {
    const data = readJson(join(directory, file))
    if (typeof data === 'object' && data !== null && 'concepts' in data) maps.push(parse(conceptMapSchema, data, file))
    else lists.push(parse(codeListSchema, data, file))
  }
  return { lists, maps }
}

/** What a file with codes holds: codes of an organisation with their concepts, a code list, or a concept map. */
export interface CodeFile {
  readonly own?: OwnCodes
  readonly list?: CodeList
  readonly map?: ConceptMap
}

/**
 * Reads a file with codes of whichever kind. Reads the disk: call it at start-up.
 * @throws `config.invalid`, naming the file
 */
export function loadCodeFile(path: string): CodeFile {
  const data = readJson(path)
  if (typeof data === 'object' && data !== null && 'concepts' in data)
    return { map: parse(conceptMapSchema, data, path) }
  if (typeof data === 'object' && data !== null && 'list' in data) return { own: parse(ownCodesSchema, data, path) }
  return { list: parse(codeListSchema, data, path) }
}

function parse<T extends z.ZodType>(schema: T, data: unknown, file: string): z.output<T> {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new NodeError('config.invalid', { detail: `codes in ${file}${where}: ${issue?.message ?? ''}` })
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new NodeError('config.invalid', { detail: `codes in ${path} cannot be read`, cause })
  }
}
