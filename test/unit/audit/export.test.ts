import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { startExport, type ExportDeps, type ExportRequest } from '../../../node/audit/export.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { createAuditWorld, type AuditWorld } from '../../support/audit-world.js'
import { rejectionOf } from '../../support/refusals.js'

const node = 'https://node.example.nl'
const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

let world: AuditWorld
beforeEach(async () => {
  world = await createAuditWorld()
  for (const party of ['a', 'b']) {
    await world.audit.record({ code: 'party.created', action: 'create', outcome: 'success', party })
  }
})
afterEach(() => world.end())

/** The whole text of an export, of this journal unless `changes` say otherwise. */
async function exported(request: Omit<ExportRequest, 'trace'>, changes: Partial<ExportDeps> = {}): Promise<string> {
  const { audit, checkpoints, store } = world
  const deps = { audit, checkpoints, journal: store.journal, node, ...changes }
  let text = ''
  for await (const part of await startExport(deps, { ...request, trace })) text += part
  return text
}

const linesOf = (text: string): readonly Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('an export for FHIR', () => {
  test('is one Bundle of all entries in their order, its own account the last', async () => {
    expect(JSON.parse(await exported({ format: 'fhir' }))).toEqual({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { resource: expect.objectContaining({ resourceType: 'AuditEvent', id: '1', action: 'C' }) },
        { resource: expect.objectContaining({ resourceType: 'AuditEvent', id: '2', action: 'C' }) },
        {
          resource: expect.objectContaining({
            id: '3',
            action: 'R',
            subtype: expect.arrayContaining([expect.objectContaining({ code: 'audit.exported' })]),
          }),
        },
      ],
    })
  })

  test('of a selection has what was selected, and no empty list when that is nothing', async () => {
    const { entry } = JSON.parse(await exported({ format: 'fhir', party: 'b' })) as { entry: unknown }
    expect(entry).toEqual([{ resource: expect.objectContaining({ id: '2' }) }])
    expect(JSON.parse(await exported({ format: 'fhir', party: 'c' }))).toEqual({
      resourceType: 'Bundle',
      type: 'collection',
    })
  })
})

describe('an export of a journal', () => {
  const unable = (code: 'audit.damaged' | 'audit.unavailable'): Partial<ExportDeps> => ({
    checkpoints: { publicKey: world.publicKey, make: () => Promise.reject(new NodeError(code)) },
  })

  test('has a checkpoint, and goes without one when that contradicts the journal: somebody has to look', async () => {
    const [good] = linesOf(await exported({ format: 'jsonl' }))
    expect(good).toMatchObject({ journal: { through: 3, checkpoint: expect.any(String) } })
    const [head, ...rest] = linesOf(await exported({ format: 'jsonl' }, unable('audit.damaged')))
    expect(head).toMatchObject({ journal: { complete: true, through: 4 } })
    expect(head?.['journal']).not.toHaveProperty('checkpoint')
    expect(rest.slice(0, -1)).toEqual(await world.store.journal.read({ after: 0, limit: 9 }))
    expect(rest.at(-1)).toEqual({ end: { count: 4 } })
  })

  test('is refused while no checkpoint can be made, which says nothing of the journal', async () => {
    const refusal = await rejectionOf(exported({ format: 'jsonl' }, unable('audit.unavailable')))
    expect(refusal.code).toBe('audit.unavailable')
  })

  test.each(['jsonl', 'fhir'] as const)(
    'does not end as if it were whole when entries are gone: %s',
    async (format) => {
      const { journal } = world.store
      const cut: ExportDeps['journal'] = {
        ...journal,
        read: async (range) => (await journal.read(range)).filter(({ number }) => number < 3),
      }
      const { code, detail } = await rejectionOf(exported({ format }, { journal: cut }))
      expect([code, detail]).toEqual(['store.damaged', 'entries that were to be exported are gone'])
    },
  )
})
