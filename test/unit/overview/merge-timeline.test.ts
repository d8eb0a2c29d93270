import { describe, expect, test } from '@jest/globals'
import { mergeTimeline } from '../../../node/overview/merge-timeline.js'
import { readAnswer } from '../../../node/overview/read-answer.js'
import type { TimelineEntry } from '../../../schemas/wire/overview.js'

const line = (changes: Partial<TimelineEntry>): TimelineEntry => ({
  domein: 'WMO',
  soort: 'toewijzing',
  van: '2026-01-01',
  tot: '2026-01-31',
  bron: { organization: 'gemeentecode:9998', register: 'toewijzingsregister-1' },
  opgehaaldOp: '2026-11-26T09:00:00.000Z',
  rule: 'OWN',
  ...changes,
})
const merge = (lines: readonly TimelineEntry[]) =>
  mergeTimeline({ lines, involved: [], nameOf: () => Promise.resolve(undefined) })

describe('a timeline', () => {
  test('is in order of the first day, whoever answered first', async () => {
    const lines = [line({ van: '2026-03-01', tot: null }), line({})]
    expect((await merge(lines)).timeline).toEqual([...lines].reverse())
  })

  test('has a line once that a source says twice, with the name of its record', async () => {
    const { timeline } = await merge([line({}), line({ record: 'Toewijzing/1', rule: 'WMO-LOKET.v1' })])
    expect(timeline.map(({ record }) => record)).toEqual(['Toewijzing/1'])
  })

  test('has two records that look the same as two lines', async () => {
    expect((await merge([line({ record: 'Toewijzing/1' }), line({ record: 'Toewijzing/2' })])).timeline).toHaveLength(2)
  })

  test('of very many lines is made as well', async () => {
    const day = (at: number): string => new Date(Date.UTC(2000, 0, 1 + (at % 9000))).toISOString().slice(0, 10)
    const lines = Array.from({ length: 50_000 }, (_, at) =>
      line({ domein: at % 2 === 0 ? 'WMO' : 'WLZ', van: day(at), tot: day(at + 3), aanbieder: { agb: String(at) } }),
    )
    const { timeline, overlaps } = await merge([...lines, ...lines])
    expect([timeline.length, overlaps.length > 0]).toEqual([50_000, true])
  })

  test('names the laws that overlap, and leaves out of it what law is not known', async () => {
    const { overlaps } = await merge([
      line({ tot: null }),
      line({ domein: 'WLZ', soort: 'indicatie', van: '2026-01-20', tot: null }),
      line({ domein: 'SD', soort: 'levering', tot: null }),
    ])
    expect(overlaps).toEqual([{ van: '2026-01-20', tot: null, days: null, domeinen: ['WMO', 'WLZ'] }])
  })
})

describe('lines of an answer', () => {
  const entry = {
    at: 'toewijzing',
    domein: 'WMO',
    soort: 'toewijzing',
    van: 'ingangsdatum',
    tot: 'einddatum',
    before: 'vervaldatum',
    details: ['productcategorie'],
  } as const
  const answering = {
    bron: { organization: 'gemeentecode:9998', register: 'toewijzingsregister-1' },
    opgehaaldOp: '2026-11-26T09:00:00.000Z',
    rule: 'OWN',
    agb: undefined,
  }
  const read = (records: readonly unknown[]) =>
    readAnswer(records, { entries: [{ ...entry, details: [...entry.details] }], leads: [] }, answering).lines

  test('go through every list on the way', () => {
    const toewijzing = [{ ingangsdatum: '2026-01-01' }, { ingangsdatum: '2026-02-01', productcategorie: '07' }]
    expect(read([{ toewijzing }, { toewijzing: [] }, {}]).map(({ van, details }) => [van, details])).toEqual([
      ['2026-01-01', undefined],
      ['2026-02-01', { productcategorie: '07' }],
    ])
  })

  test('end the day before something is over', () => {
    const record = { ingangsdatum: '2026-01-01', einddatum: '2026-12-31', vervaldatum: '2026-05-01' }
    expect(read([{ toewijzing: record }]).map(({ tot }) => tot)).toEqual(['2026-04-30'])
  })

  test('are none for what has no day to stand on, or is no record', () => {
    expect(read([{ toewijzing: [{ ingangsdatum: 'soon' }, null, 'text', 3] }, null, 'x'])).toEqual([])
  })

  test('are 500 at most', () => {
    const toewijzing = Array.from({ length: 600 }, () => ({ ingangsdatum: '2026-01-01' }))
    expect(read([{ toewijzing }])).toHaveLength(500)
  })
})
