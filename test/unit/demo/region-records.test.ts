import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { participants } from '../../../scripts/demo/participants.js'
import { exampleIds, writeRecords } from '../../../scripts/demo/region-records.js'

type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

async function recordsOf(name: string): Promise<Rows> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-records-'))
  const participant = participants.find((candidate) => candidate.name === name)
  if (participant === undefined) throw new Error(`there is no ${name}`)
  const [source] = await writeRecords(participant, directory)
  const rows = JSON.parse(await readFile(source?.seed ?? '', 'utf8')) as Rows
  await rm(directory, { recursive: true })
  return rows
}

const values = (rows: Rows, type: string, key: string): readonly unknown[] => (rows[type] ?? []).map((row) => row[key])

test('each register holds what its own party keeps, and they agree with each other', async () => {
  const [ciz, noord, zuid, proeftuin, werkplaats, gemeente] = await Promise.all(
    ['ciz', 'zorgkantoor-noord', 'zorgkantoor-zuid', 'zorgaanbieder', 'zorgaanbieder-zuid', 'gemeente-noord'].map(
      recordsOf,
    ),
  )
  if (!ciz || !noord || !zuid || !proeftuin || !werkplaats || !gemeente) throw new Error('a register is missing')
  expect(new Set(values(noord, 'Bemiddeling', 'verantwoordelijkZorgkantoor'))).toEqual(new Set(['5999']))
  expect(new Set(values(zuid, 'Bemiddeling', 'verantwoordelijkZorgkantoor'))).toEqual(new Set(['5998']))
  expect(new Set(values(gemeente, 'Besluit', 'gemeente'))).toEqual(new Set(['9998']))
  const indicaties = values(ciz, 'WlzIndicatie', 'wlzindicatieID')
  const bemiddelingen = [noord, zuid].flatMap((rows) => values(rows, 'Bemiddeling', 'wlzIndicatieID'))
  expect([...bemiddelingen].sort()).toEqual([...indicaties].sort())
  for (const [rows, agb] of [
    [proeftuin, '06999901'],
    [werkplaats, '06999902'],
  ] as const) {
    const own = [noord, zuid].flatMap((register) =>
      (register['Bemiddelingspecificatie'] ?? [])
        .filter((row) => row['instelling'] === agb)
        .map((row) => row['bemiddelingspecificatieID']),
    )
    const delivered = values(rows, 'Levering', 'bemiddelingspecificatieID').filter((id) => id !== null)
    expect([...delivered].sort()).toEqual([...own].sort())
    const leveringen = values(rows, 'Levering', 'leveringID')
    expect(values(rows, 'Leveringperiode', 'leveringID').every((id) => leveringen.includes(id))).toBe(true)
  }
  // The examples of the story are among them.
  expect(ciz['wlzIndicatie']?.length).toBeGreaterThan(1)
  expect(Object.keys(exampleIds(participants))).toEqual(['bemiddelingspecificatieID', 'regiehouderID', 'overdrachtID'])
})
