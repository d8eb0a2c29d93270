import { randomUUID } from 'node:crypto'
import type { Region } from './region.js'

/** An indicatie of an obviously invented person, for a zorgkantoor. */
export function indicatieRecord(
  zorgkantoor: string,
  changes: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> & { readonly wlzindicatieID: string } {
  return {
    wlzindicatieID: randomUUID(),
    bsn: '999990019',
    besluitnummer: 1,
    soortWlzindicatie: '1',
    afgiftedatum: '2026-11-01',
    ingangsdatum: '2026-11-01',
    initieelVerantwoordelijkZorgkantoor: zorgkantoor,
    client: {
      clientID: randomUUID(),
      bsn: '999990019',
      geheimeClient: '2',
      geboorteDatum: '1950-01-01',
      geslacht: '1',
      geslachtsnaam: 'Fictief',
      naamGebruik: '1',
      contactGegevens: [],
    },
    ...changes,
  }
}

/** Writes indicaties into the indicatieregister of CIZ, in one batch. */
export async function registerIndicaties(
  { world }: Region,
  ...records: readonly Readonly<Record<string, unknown>>[]
): Promise<void> {
  await world.member('ciz').administrator.call('POST', '/internal/bronnet/v1/registers/ciz/indicatieregister/changes', {
    by: 'een medewerker',
    changes: records.map((record) => ({ type: 'WlzIndicatie', record })),
  })
}
