import { createHash } from 'node:crypto'
import { expect } from '@jest/globals'
import type { Journal, JournalEntry, JournalPoint } from '../../node/stores/contracts.js'

/** The hash of an entry as the documentation says it, not as the node computes it. */
function independentHash(previous: string, { number, value }: JournalEntry): string {
  const count = Buffer.from(number.toString(16).padStart(16, '0'), 'hex')
  const text = Buffer.from(JSON.stringify(value), 'utf8')
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from(previous, 'hex'), count, text]))
    .digest('hex')
}

/** Recomputes the chain of a journal from its start to its head, and returns its entries. */
export async function verifyChain(journal: Journal): Promise<readonly JournalEntry[]> {
  const found: JournalEntry[] = []
  let last: JournalPoint = await journal.start()
  for (;;) {
    const page = await journal.read({ after: last.number, limit: 1000 })
    for (const entry of page) {
      expect(entry).toMatchObject({ number: last.number + 1, hash: independentHash(last.hash, entry) })
      last = entry
      found.push(entry)
    }
    if (page.length === 0) break
  }
  expect(await journal.head()).toEqual({ number: last.number, hash: last.hash })
  return found
}
