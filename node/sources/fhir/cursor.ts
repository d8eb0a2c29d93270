import { z } from 'zod'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { containsPersonNumber } from '../../kernel/identifiers.js'
import { decodeUtf8, parseGuardedJson } from '../../kernel/json-guard.js'
import { open, seal } from '../../kernel/secret.js'
import { beginAgain } from './refuse.js'

const cursorSchema = z.strictObject({
  type: z.string(),
  parameters: z.array(z.tuple([z.string(), z.string()])),
  template: z.string(),
  patient: z.string().describe('as `Patient/id`'),
  suffix: z.string().describe('of the page at the server'),
  reader: z.string(),
  page: z.int(),
  until: z.number(),
})

/** Where a search goes on, and for whom. */
export type Cursor = z.output<typeof cursorSchema>

/** Cursors of one source. Whoever has one learns nothing from it, and nobody but its reader can use it. */
export interface Cursors {
  /** @throws `source.failed` for a search that goes on too long */
  write(cursor: Omit<Cursor, 'until'>): string
  /** @throws `source.bad_request` for what is no cursor of this source and this reader, or an old one */
  read(text: string, reader: string): Cursor
}

const livesMilliseconds = 15 * 60_000
const maxPages = 200
const maxText = 7000

/**
 * Makes cursors that hold everything themselves, encrypted: replicas with one key understand each other, and nothing is
 * kept. A cursor is no leave to read: each page is decided about anew.
 * @param context what tells this source from all others
 */
export function createCursors({
  clock,
  key,
  context,
}: {
  readonly clock: Clock
  readonly key: Buffer
  readonly context: string
}): Cursors {
  return {
    write(cursor) {
      const plain = Buffer.from(JSON.stringify({ ...cursor, until: clock.now() + livesMilliseconds }))
      if (cursor.page > maxPages) throw new NodeError('source.failed', { detail: 'a search has too many pages' })
      // By chance the text could hold digits that look like a number of a person: then it is sealed once more.
      for (let turn = 0; turn < 20; turn += 1) {
        const text = seal(plain, key, context).toString('base64url')
        if (text.length <= maxText && !containsPersonNumber(text)) return text
      }
      throw new NodeError('source.failed', { detail: 'the link to the next page is too long' })
    },
    read(text, reader) {
      if (text.length > maxText || !/^[A-Za-z0-9_-]+$/.test(text)) throw beginAgain()
      let opened: Buffer
      try {
        opened = open(Buffer.from(text, 'base64url'), key, context)
      } catch {
        throw beginAgain()
      }
      const cursor = cursorSchema.parse(parseGuardedJson(decodeUtf8(opened)))
      if (cursor.reader !== reader || cursor.until <= clock.now()) throw beginAgain()
      return cursor
    },
  }
}
